import { LivePage } from './live-page.ts';
import { applyTheme } from './theme.ts';

// The script stands in the head: what is painted first has the right colours already.
applyTheme();
addEventListener('DOMContentLoaded', () => new LivePage().start());
