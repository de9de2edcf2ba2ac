import { parser } from '@prometheus-io/lezer-promql';

/** A label that a selector asks for: `result!~"success|aborted"` asks for two values of `result`. */
export interface AskedLabel {
  readonly label: string;
  /** The values written out; of a regular expression its alternatives. */
  readonly values: readonly string[];
}

/** One selector of a PromQL expression. */
export interface Selector {
  /** As written, which is a query by itself. */
  readonly text: string;
  /** Empty where the name is asked for by a matcher of `__name__`. */
  readonly metric: string;
  readonly asked: readonly AskedLabel[];
}

/** What a PromQL expression names. */
export interface Named {
  readonly selectors: readonly Selector[];
  /** Labels of `by`, `without`, `on` and `ignoring`. */
  readonly grouping: readonly string[];
}

/** Reads an expression with Prometheus' own grammar. Throws where that finds an error. */
export function namedIn(expression: string): Named {
  const selectors: { text: string; metric: string; asked: AskedLabel[] }[] = [];
  const grouping: string[] = [];
  let inGrouping = false;
  parser.parse(expression).iterate({
    enter({ name, type, from, to, node }) {
      const text = expression.slice(from, to);
      if (type.isError) throw new Error(`not PromQL at ${from}: ${expression}`);
      if (name === 'VectorSelector') selectors.push({ text, metric: '', asked: [] });
      const selector = selectors.at(-1);
      if (name === 'Identifier' && selector !== undefined) selector.metric = text;
      if (name === 'GroupingLabels') inGrouping = true;
      if (name === 'LabelName' && inGrouping) grouping.push(text);
      if (name === 'UnquotedLabelMatcher' && selector !== undefined) {
        const part = (child: string) => {
          const found = node.getChild(child);
          return found === null ? '' : expression.slice(found.from, found.to);
        };
        const value = JSON.parse(part('StringLiteral')) as string;
        const values = part('MatchOp').includes('~') ? value.split('|') : [value];
        selector.asked.push({ label: part('LabelName'), values });
      }
    },
    leave({ name }) {
      if (name === 'GroupingLabels') inGrouping = false;
    },
  });
  return { selectors, grouping };
}
