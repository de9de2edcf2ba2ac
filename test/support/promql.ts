import { parser } from '@prometheus-io/lezer-promql';

/** What an expression names, as the grammar of Prometheus' own editor reads it. */
export interface Names {
  /** Where the grammar gave up; nowhere, when the expression is PromQL. */
  readonly errors: readonly string[];
  /** Names of metrics. */
  readonly metrics: readonly string[];
  /** Labels matched, grouped by or joined on. */
  readonly labels: readonly string[];
}

export function namesIn(promql: string): Names {
  const found = { errors: [] as string[], metrics: [] as string[], labels: [] as string[] };
  parser.parse(promql).iterate({
    enter: ({ type, from, to, node }) => {
      const text = promql.slice(from, to);
      if (type.isError) found.errors.push(`${promql.slice(0, from)}⟨here⟩${promql.slice(from)}`);
      if (type.name === 'Identifier' && node.parent?.name === 'VectorSelector') found.metrics.push(text);
      if (type.name === 'LabelName') found.labels.push(text);
    },
  });
  return found;
}
