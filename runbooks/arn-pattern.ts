/** Whether an ARN is meant: `*` stands for any run of characters within one segment between `:` and `/`. */
export function matchesArn(pattern: string, arn: string): boolean {
  const expression = pattern
    .split('*')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^:/]*');
  return new RegExp(`^${expression}$`).test(arn);
}
