import type { ReadStream, WriteStream } from 'node:tty';
import type { Lost } from './follow.ts';
import { pressed } from './keys.ts';
import { palette } from './palette.ts';
import { lost, type Picture, withEvent } from './picture.ts';
import type { LiveEvent } from './read-event.ts';
import { draw, FIRST_VIEW, type Screen, type View } from './screen.ts';
import { Terminal } from './terminal.ts';

/** Events that come together are drawn together. */
const GATHER_MS = 30;
/** For the time that the daemon has been gone. */
const TICK_MS = 1000;

export interface WatchInit {
  readonly events: AsyncIterable<LiveEvent | Lost>;
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly colour: boolean;
  readonly unicode: boolean;
  /** Ends the events. */
  readonly leave: () => void;
}

/** Shows the feed on a terminal until the events end; keys change what is shown. Gives the terminal back in any case. */
export async function watch({ events, input, output, colour, unicode, leave }: WatchInit): Promise<void> {
  const paint = palette(colour);
  let picture: Picture | undefined;
  let shown: Picture | undefined;
  let view: View = FIRST_VIEW;
  let screen: Screen = { lines: [], scrollEnd: 0, page: 0 };
  let gathering: NodeJS.Timeout | undefined;

  const redraw = (): void => {
    clearTimeout(gathering);
    gathering = undefined;
    if (!view.paused) shown = picture;
    if (shown === undefined) return;
    screen = draw(shown, view, { ...terminal.size, unicode, paint }, Date.now());
    terminal.show(screen.lines);
  };
  const redrawSoon = (): void => {
    gathering ??= setTimeout(redraw, GATHER_MS);
  };
  const suspend = (): void => {
    terminal.leave();
    process.once('SIGCONT', () => {
      terminal.enter();
      redraw();
    });
    process.kill(process.pid, 'SIGSTOP');
  };
  const terminal = new Terminal({
    input,
    output,
    onKey: (text, key) => {
      const next = pressed(view, text, key, screen);
      if (next === 'leave') leave();
      else if (next === 'suspend') suspend();
      else {
        view = next;
        redraw();
      }
    },
    onResize: () => {
      terminal.forget();
      redraw();
    },
  });
  const ticking = setInterval(redraw, TICK_MS);
  try {
    for await (const event of events) {
      if (event.name === 'lost') picture = picture && lost(picture, event.reason, Date.now());
      else picture = withEvent(picture, event, Date.now());
      // Not before the daemon has answered: what is wrong at the start is said where the command was typed.
      terminal.enter();
      redrawSoon();
    }
  } finally {
    clearInterval(ticking);
    clearTimeout(gathering);
    terminal.leave();
  }
}
