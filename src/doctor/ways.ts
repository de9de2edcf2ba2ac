import { METRICS } from '../contract/metrics.ts';
import type { PrometheusApi, PromSample } from './prometheus-api.ts';
import { namesOf } from './series.ts';
import type { Subject } from './subject.ts';

/** How a daemon's series got into a Prometheus. */
export type Way = 'push' | 'pull';

/** One origin under which Prometheus has the daemon's series. */
export interface Origin {
  readonly way: Way;
  readonly job: string;
  readonly instance: string;
}

/** What Prometheus has of a daemon. */
export interface Traces {
  /** Those whose series go on. */
  readonly origins: readonly Origin[];
  /** Series whose own job and instance were put aside for those of the target: the jobs that did so. */
  readonly renamedBy: readonly string[];
  /** How long ago the newest sample of all came, when nothing goes on. */
  readonly lastSeenSeconds: number | undefined;
}

interface Trace extends Origin {
  readonly ageSeconds: number;
}

/**
 * Looks for a daemon's series: by the instance they were pushed with, and by what its page says of itself.
 *
 * @param freshSeconds what has had no sample for so long has ended: Prometheus shows series for 5 min after the last
 *   when their target was taken away
 */
export async function traceDaemon(api: PrometheusApi, subject: Subject, freshSeconds: number): Promise<Traces> {
  const instance = subject.instance ?? '';
  const id = JSON.stringify(instance);
  // One metric, whatever may have been appended to its name.
  const { shown, pushed } = namesOf(METRICS.memoryRss, subject.naming);
  const name = `__name__=~"(${pushed}|${shown}).*"`;
  const [byPush, aside, byPull] = await Promise.all([
    ages(api, `{${name},instance=${id}}`, 'push'),
    ages(api, `{${name},exported_instance=${id}}`, 'push'),
    ages(api, `target_info{service_instance_id=${id},exported_instance="",instance!=${id}}`, 'pull'),
  ]);
  const isFresh = ({ ageSeconds }: Trace): boolean => ageSeconds <= freshSeconds;
  const found = [...byPush, ...byPull];
  const origins = found.filter(isFresh);
  return {
    origins,
    renamedBy: aside.filter(isFresh).map(({ job }) => job),
    lastSeenSeconds:
      origins.length > 0 || found.length === 0 ? undefined : Math.min(...found.map(({ ageSeconds }) => ageSeconds)),
  };
}

/** Where the series of a selector come from, and how long ago the newest sample of each origin came. */
async function ages(api: PrometheusApi, selector: string, way: Way): Promise<Trace[]> {
  const found = await series(api, `min by (job, instance) (time() - timestamp(${selector}))`);
  return found.map(({ labels, value }) => ({
    way,
    job: labels.job ?? '',
    instance: labels.instance ?? '',
    ageSeconds: value,
  }));
}

/** All series of an origin that are of the contract, or could be under another name; not those of single peers. */
export async function seriesOf(api: PrometheusApi, { job, instance }: Origin): Promise<PromSample[]> {
  return series(api, `{job=${JSON.stringify(job)},instance=${JSON.stringify(instance)},peer_id=""}`);
}

async function series(api: PrometheusApi, promql: string): Promise<PromSample[]> {
  const result = await api.query(promql);
  return 'data' in result ? result.data : [];
}
