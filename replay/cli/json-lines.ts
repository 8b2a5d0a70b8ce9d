import { readFileSync } from 'node:fs';
import { BadInput } from './bad-input';

/** The lines of a file that are not empty, each with where it is: `cases.jsonl:3`. */
export function linesOf(file: string): { readonly where: string; readonly number: number; readonly text: string }[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch {
    throw new BadInput(`${file}: there is no such file that can be read; name a file of JSON lines`);
  }
  return text
    .split('\n')
    .map((line, index) => ({ where: `${file}:${index + 1}`, number: index + 1, text: line }))
    .filter((line) => line.text.trim() !== '');
}
