/**
 * The files of this package that are found by where they lie, in a checkout and built: what processes and threads are
 * started from, and what is read.
 *
 * They are named here and nowhere else because the built program is put together in chunks (`tools/bundle.ts`): code
 * that looks for a neighbour of its own file finds none there. Chunks lie beside this file.
 */
const entry = (name: string): URL =>
  new URL(`./${name}.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

export const MAIN = entry('main');
export const CLUSTER_WORKER = entry('cluster/worker');
export const SWARM_WORKER = entry('swarm/worker');

/** The scenarios that come with the swarm, a YAML file each. */
export const SWARM_SCENARIOS = new URL('./swarm/scenarios/', import.meta.url);

/** The live page as it was bundled; a checkout has it where a build has put it. */
export const LIVE_PAGE = new URL(
  import.meta.url.endsWith('.ts') ? '../dist/http/page/' : './http/page/',
  import.meta.url,
);
