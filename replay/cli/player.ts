import { loadIncident } from '../incidents/incident-file';
import { playOne } from './play-one';

/** A process that plays the incident of each file that it is sent, one after the other. */
process.on('message', ({ file, keep }: { file: string; keep?: string }) => {
  playOne(loadIncident(file), keep).then(
    (played) => process.send?.({ played }),
    (error: unknown) =>
      process.send?.({ fault: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
