import type { Commands } from '../command';
import { clusterAccessCommands } from './eks-access';
import { clusterCommands } from './eks-clusters';
import { clusterPartCommands } from './eks-parts';

export const eksCommands: Commands = { ...clusterCommands, ...clusterPartCommands, ...clusterAccessCommands };
