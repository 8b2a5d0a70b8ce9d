const mask48 = (1n << 48n) - 1n;

/** java.util.Random, which Step Functions draws from: the same seed gives the same number. */
export function drawWithSeed(seed: bigint, from: bigint, to: bigint): bigint {
  let state = (seed ^ 0x5deece66dn) & mask48;
  const next32 = () => {
    state = (state * 0x5deece66dn + 0xbn) & mask48;
    return BigInt.asIntN(32, state >> 16n);
  };
  const nextLong = () => BigInt.asIntN(64, (next32() << 32n) + next32());
  const span = to - from;
  let drawn = nextLong();
  if ((span & (span - 1n)) === 0n) return (BigInt.asUintN(64, drawn) & (span - 1n)) + from;
  // What is left over above the last whole multiple of the span is drawn again, so that every number is as likely.
  for (;;) {
    const positive = BigInt.asUintN(64, drawn) >> 1n;
    const rest = positive % span;
    if (BigInt.asIntN(64, positive + span - 1n - rest) >= 0n) return rest + from;
    drawn = nextLong();
  }
}
