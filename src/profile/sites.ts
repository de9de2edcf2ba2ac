import type { CallFrame, HeapProfile, ProfileNode } from './heap-profile.ts';

/** A function that allocates, wherever it was called from. */
export interface AllocationSite {
  readonly frame: CallFrame;
  /** Bytes allocated by it alone, as estimated from the samples. */
  readonly selfBytes: number;
}

/** All sites of a profile, those that allocate most first. */
export function allocationSites({ head }: HeapProfile): AllocationSite[] {
  const bytes = new Map<string, { frame: CallFrame; selfBytes: number }>();
  for (const { callFrame: frame, selfSize } of nodesOf(head)) {
    if (selfSize === 0) continue;
    const key = JSON.stringify([frame.functionName, frame.url, frame.lineNumber, frame.columnNumber]);
    const site = bytes.get(key) ?? { frame, selfBytes: 0 };
    site.selfBytes += selfSize;
    bytes.set(key, site);
  }
  return [...bytes.values()].sort((a, b) => b.selfBytes - a.selfBytes);
}

/** All nodes below and with this one. Not recursive: somebody else's profile may be of any depth. */
function* nodesOf(head: ProfileNode): Iterable<ProfileNode> {
  const left = [head];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    yield node;
    left.push(...node.children);
  }
}

/** The profile with each call frame replaced. */
export function withFrames(profile: HeapProfile, replace: (frame: CallFrame) => CallFrame): HeapProfile {
  const head = { ...profile.head };
  const left: { -readonly [K in keyof ProfileNode]: ProfileNode[K] }[] = [head];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    node.callFrame = replace(node.callFrame);
    const children = node.children.map((child) => ({ ...child }));
    node.children = children;
    left.push(...children);
  }
  return { ...profile, head };
}

const isFrame = (value: unknown): value is CallFrame => {
  const frame = value as Partial<CallFrame> | null;
  return (
    typeof frame?.functionName === 'string' &&
    typeof frame.url === 'string' &&
    typeof frame.lineNumber === 'number' &&
    typeof frame.columnNumber === 'number'
  );
};

/** Reads what a daemon sent; undefined when it is no heap profile. */
export function parseProfile(text: string): HeapProfile | undefined {
  try {
    const profile = JSON.parse(text) as HeapProfile;
    if (!Array.isArray(profile.samples)) return undefined;
    for (const { callFrame, selfSize, children } of nodesOf(profile.head)) {
      if (!isFrame(callFrame) || typeof selfSize !== 'number' || !Array.isArray(children)) return undefined;
    }
    return profile;
  } catch {
    return undefined;
  }
}
