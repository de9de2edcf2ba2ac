/** The panels that the documentation of the reference promises, on the live page as on the dashboard. */
export const DOCUMENTED_PANELS = [
  'Concurrent Peer Connections',
  'Connection Pool Utilization',
  'Memory per Peer',
  'Resource Efficiency',
  'Performance Under Load',
  'Connection Duration Distribution',
] as const;
