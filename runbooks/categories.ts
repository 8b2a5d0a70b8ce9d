import { networkChangeFacts, networkChangeSettings } from './network-change';

/** Every category: the facts that its plan's conditions may read, and the settings that its plan may hold. */
export const categories = {
  'network-change': { facts: networkChangeFacts, settings: networkChangeSettings },
} as const;

export type CategoryId = keyof typeof categories;
