import type { Log } from './deps';

/** One JSON document a line, as CloudWatch Logs takes it. */
export const log: Log = (level, message, about = {}) => {
  console[level](JSON.stringify({ level, message, ...about }));
};
