/** How each kind of undo record is carried out; the one list that every party to an undo shares. */
import { containersRemove } from '../environments/containers/removal.ts';
import { folderRemove } from '../environments/removal.ts';
import type { Undoers } from '../safety/rollback.ts';
import { sessionsEnd } from './hold-connections.ts';
import { settingsRestore } from './lower-connection-limit.ts';
import { serviceRestore } from './shrink-pool.ts';
import { toxicsRemove } from './toxics.ts';

export const undoers: Undoers = {
  'folder.remove': folderRemove,
  'containers.remove': containersRemove,
  'settings.restore': settingsRestore,
  'service.restore': serviceRestore,
  'toxics.remove': toxicsRemove,
  'sessions.end': sessionsEnd,
};
