import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');

/** One instruction of a Dockerfile. */
interface Instruction {
  readonly word: string;
  readonly rest: string;
}

/** What a Dockerfile makes, in a folder that stands for the image's root. */
export interface BuiltImage {
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
}

interface Stage {
  root: string;
  workdir: string;
  env: Record<string, string>;
  user: string;
  entrypoint: string[];
  command: string[];
  healthcheck: string[];
}

/**
 * Does what the Dockerfile says, without an engine: each stage is a folder under `out`, COPY copies what .dockerignore
 * lets through, RUN runs in the stage's working directory.
 *
 * The image it starts from is an empty folder, and the programs of this machine stand in for its own. A RUN line sees
 * `inImage` as the stage has it; whose a file is to be (`-o 1000 -g 1000`) is left out.
 *
 * @param inImage absolute paths of the image that RUN lines name
 */
export async function buildWithoutEngine(out: string, inImage: readonly string[]): Promise<BuiltImage> {
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const { word, rest } of instructions(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))) {
    if (word === 'FROM') {
      const [from = '', , name = 'final'] = rest.split(/\s+/);
      stage = startStage(stages.get(from), join(out, name));
      stages.set(name, stage);
      continue;
    }
    if (stage === undefined) throw new Error(`${word} before FROM`);
    await follow(stage, { word, rest }, stages, inImage);
  }
  if (stage === undefined) throw new Error('no stage');
  return stage;
}

function startStage(from: Stage | undefined, root: string): Stage {
  mkdirSync(root, { recursive: true });
  if (from === undefined) {
    return { root, workdir: '/', env: {}, user: 'root', entrypoint: [], command: [], healthcheck: [] };
  }
  cpSync(from.root, root, { recursive: true, verbatimSymlinks: true });
  return { ...structuredClone(from), root };
}

async function follow(
  stage: Stage,
  { word, rest }: Instruction,
  stages: ReadonlyMap<string, Stage>,
  inImage: readonly string[],
): Promise<void> {
  switch (word) {
    case 'WORKDIR':
      stage.workdir = rest;
      mkdirSync(join(stage.root, rest), { recursive: true });
      return;
    case 'COPY':
      return copy(stage, rest.split(/\s+/), stages);
    case 'RUN': {
      const command = inImage.reduce((text, path) => text.replaceAll(path, join(stage.root, path)), rest);
      for (const path of inImage) mkdirSync(join(stage.root, dirname(path)), { recursive: true });
      await run('sh', ['-ec', command.replace(/ -o 1000 -g 1000\b/, '')], {
        cwd: join(stage.root, stage.workdir),
        env: { ...plainEnvironment(), ...stage.env },
        maxBuffer: 16 * 1024 * 1024,
      });
      return;
    }
    case 'ENV':
      for (const [, key = '', value = ''] of rest.matchAll(/(\w+)=(\S+)/g)) stage.env[key] = value;
      return;
    case 'USER':
      stage.user = rest;
      return;
    case 'ENTRYPOINT':
      stage.entrypoint = JSON.parse(rest);
      return;
    case 'CMD':
      stage.command = JSON.parse(rest);
      return;
    case 'HEALTHCHECK':
      stage.healthcheck = JSON.parse(rest.slice(rest.indexOf('CMD') + 3));
      return;
    case 'ARG':
    case 'LABEL':
    case 'VOLUME':
    case 'EXPOSE':
      return;
    default:
      throw new Error(`the Dockerfile has ${word}, which this does not know`);
  }
}

function copy(stage: Stage, words: readonly string[], stages: ReadonlyMap<string, Stage>): void {
  const from = /^--from=(.+)$/.exec(words[0] ?? '')?.[1];
  const [target = '', ...sources] = words.slice(from === undefined ? 0 : 1).toReversed();
  const source = from === undefined ? ROOT : stages.get(from)?.root;
  if (source === undefined) throw new Error(`COPY from ${from}, which is no stage`);
  if (from === undefined) for (const path of sources) assertInContext(path);
  for (const path of sources) {
    const into = join(stage.root, stage.workdir, target);
    // A file goes into a folder that ends in a slash; of a folder it is the contents that are copied.
    cpSync(join(source, path), target.endsWith('/') ? join(into, basename(path)) : into, {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
}

/** .dockerignore leaves everything out, then lets whole files and folders of the root in. */
function assertInContext(path: string): void {
  const lines = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  if (!lines.includes(`!${path.split('/')[0]}`)) throw new Error(`COPY ${path}, which .dockerignore leaves out`);
}

function instructions(dockerfile: string): Instruction[] {
  const lines = dockerfile.split('\n').filter((line) => !line.startsWith('#'));
  return lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [word = ''] = line.split(' ');
      return { word, rest: line.slice(word.length).trim() };
    });
}

/** This environment without what npm tells the scripts it runs; packages that have been fetched before are not again. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const kept = /^npm_config_(registry|cache|userconfig|globalconfig)$/i;
  const entries = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD)/i.test(name) || kept.test(name));
  const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
  return { ...Object.fromEntries(entries), PATH, npm_config_prefer_offline: 'true' };
}
