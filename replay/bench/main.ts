import { chainLength, chainOf, chains, engineChain, inputs, rateOf } from './pass-chain';
import { peerChain, peerName } from './peer';
import { suspended } from './suspended';

interface Row {
  readonly chain: string;
  readonly input: string;
  readonly transitionsPerSecond: number;
  readonly peerTransitionsPerSecond: number | null;
  readonly timesThePeer: number | null;
}

/** Measures the engine, and its best peer in the same run. Prints one JSON document. */
async function bench(): Promise<void> {
  const rows: Row[] = [];
  for (const { name, language, more } of chains) {
    const definition = chainOf(more, language);
    const engine = engineChain(definition);
    // It does not know JSONata, and runs its states as if they had no fields.
    const peer = language === 'JSONPath' ? await peerChain(definition) : undefined;
    for (const [size, input] of inputs) {
      const ours = await rateOf(() => engine(input));
      const theirs = peer === undefined ? null : await rateOf(() => peer(input));
      rows.push({
        chain: name,
        input: size,
        transitionsPerSecond: ours,
        peerTransitionsPerSecond: theirs,
        timesThePeer: theirs === null ? null : Math.round((ours / theirs) * 10) / 10,
      });
    }
  }
  const cost = (chain: string, input: string) =>
    1 / (rows.find((row) => row.chain === chain && row.input === input)?.transitionsPerSecond ?? Number.NaN);
  const report = {
    node: process.version,
    peer: peerName,
    passChain: { states: chainLength, history: 'recorded in full; the peer records none', rows },
    costAt100KBRelativeTo24B: Object.fromEntries(
      chains.map(({ name }) => [name, Math.round((cost(name, '100 KB') / cost(name, '24 B')) * 100) / 100]),
    ),
    suspended: await suspended(10_000),
  };
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
}

bench().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
