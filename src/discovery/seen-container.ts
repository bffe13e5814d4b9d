import type { Problem } from '../apps/problem.js';
import type { InspectedContainer, ListedContainer } from '../docker/docker.gateway.js';

/** A container as discovery knows it: listed, and inspected where that mattered. */
export interface KnownContainer {
  listed: ListedContainer;
  /** Only for containers that carry our labels, and of which a listing does not tell enough. */
  inspected: InspectedContainer | null;
  /** Labels that its image brings along with the same value. */
  fromImage: readonly string[];
  /** It is there, but could not be looked at: nothing is decided about it. */
  unread?: true;
}

/** Why a container is an app, or is not. */
export type Verdict =
  | 'app'
  | 'replica'
  | 'not-enabled'
  | 'no-labels'
  | 'one-off'
  | 'other-instance'
  | 'image-labels'
  | 'conflict';

/** One line of the page Discovery. */
export interface SeenContainer {
  containerId: string;
  name: string;
  image: string;
  state: ListedContainer['state'];
  networks: readonly string[];
  /** Identity of the app it would be; null when it has no labels of ours. */
  key: string | null;
  verdict: Verdict;
  problems: readonly Problem[];
}
