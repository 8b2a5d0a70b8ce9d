import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type LoadedIncident, loadIncident } from '../incidents/incident-file';
import type { Played } from '../incidents/play';

/** So many incidents are worth another process: it takes two seconds to load what an incident plays in. */
const worthAProcess = 8;

/**
 * Plays incident files, several at a time where there are many and the machine has the cores, and tells of each in their
 * order. All are read before any is played: a mistake in the last one is told at once. Throws `BadInput` for it.
 */
export async function playAll(
  files: readonly string[],
  keep: string | undefined,
  tell: (played: Played, of: LoadedIncident) => void,
): Promise<readonly Played[]> {
  const processes = Math.min(availableParallelism(), Math.floor(files.length / worthAProcess));
  // They load what they need while the files are read here.
  const players = processes < 2 ? await here(keep) : new Players(processes, keep);
  try {
    const incidents = files.map((file) => loadIncident(file));
    const begun = incidents.map((it) => players.play(it));
    // What fails while an earlier one is waited for is not lost: it is thrown when its turn comes.
    for (const it of begun) it.catch(() => {});
    const all: Played[] = [];
    for (const [index, it] of incidents.entries()) {
      const played = (await begun[index]) as Played;
      tell(played, it);
      all.push(played);
    }
    return all;
  } finally {
    players.close();
  }
}

/** Plays in this process, one incident after the other. */
async function here(keep: string | undefined): Promise<Pick<Players, 'play' | 'close'>> {
  const { playOne } = await import('./play-one');
  let last: Promise<unknown> = Promise.resolve();
  return {
    play(incident) {
      const played = last.then(() => playOne(incident, keep));
      last = played.catch(() => {});
      return played;
    },
    close: () => {},
  };
}

interface Job {
  readonly file: string;
  resolve(played: Played): void;
  reject(error: Error): void;
}

/** Processes of this very program that take the next incident as soon as they have played one. */
class Players {
  private readonly waiting: Job[] = [];
  private readonly working = new Map<ChildProcess, Job>();
  private readonly players: readonly ChildProcess[];

  constructor(
    count: number,
    private readonly keep: string | undefined,
  ) {
    this.players = Array.from({ length: count }, () => this.player());
  }

  play({ file }: LoadedIncident): Promise<Played> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ file, resolve, reject });
      for (const player of this.players) this.next(player);
    });
  }

  close(): void {
    for (const player of this.players) player.kill();
  }

  private player(): ChildProcess {
    const player = fork(join(import.meta.dirname, 'player.ts'), { serialization: 'advanced' });
    const ends = (end: (job: Job) => void) => {
      const job = this.working.get(player);
      this.working.delete(player);
      if (job !== undefined) end(job);
    };
    player.on('message', ({ played, fault }: { played?: Played; fault?: string }) => {
      ends(({ resolve, reject }) => {
        if (played === undefined) reject(new Error(fault));
        else resolve(played);
      });
      this.next(player);
    });
    player.on('exit', (code) => ends(({ reject }) => reject(new Error(`a player ended with ${code}`))));
    return player;
  }

  private next(player: ChildProcess): void {
    if (this.working.has(player)) return;
    const job = this.waiting.shift();
    if (job === undefined) return;
    this.working.set(player, job);
    player.send({ file: job.file, keep: this.keep });
  }
}
