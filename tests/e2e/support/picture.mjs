// Pictures of the screen, compared with those that are kept.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';

import { evidence, snapshots } from './places.mjs';

/** Rewrites the kept pictures instead of comparing with them. */
const UPDATE = Boolean(process.env.AETHER_UPDATE_SNAPSHOTS);
/** How far a colour may be off, and how many of a thousand pixels: fonts are drawn a little otherwise elsewhere. */
const COLOUR = 0.15;
const MOST = 4;
/** What is another at every run: times, figures, ids. It is painted over. */
const CHANGING = ['.clock', 'time', '.time-ago', '[data-changing]', '.figure', '.xterm', '.plot svg', '.spark'];

/** Compares the page with the picture kept under `name`; gives what is wrong, or nothing. */
export async function compare(screen, name, mask = []) {
  const taken = await screen.page.screenshot({
    animations: 'disabled',
    caret: 'hide',
    scale: 'css',
    mask: [...CHANGING, ...mask].map((selector) => screen.page.locator(selector)),
    maskColor: '#7f7f7f',
  });
  const kept = join(snapshots, `${name}.png`);
  if (UPDATE) {
    mkdirSync(snapshots, { recursive: true });
    if (!existsSync(kept) || differing(PNG.sync.read(readFileSync(kept)), PNG.sync.read(taken)).share > 0) {
      writeFileSync(kept, taken);
    }
    return null;
  }
  if (!existsSync(kept)) return `${name}: there is no picture to compare with; AETHER_UPDATE_SNAPSHOTS=1 takes it`;
  const { share, picture } = differing(PNG.sync.read(readFileSync(kept)), PNG.sync.read(taken));
  if (share <= MOST) return null;
  writeFileSync(evidence(`${name}.new.png`), taken);
  if (picture) writeFileSync(evidence(`${name}.diff.png`), PNG.sync.write(picture));
  return `${name}: ${share.toFixed(1)} of 1000 pixels are others; see ${evidence(`${name}.new.png`)}`;
}

/** How many of a thousand pixels differ, and a picture of where. */
function differing(kept, taken) {
  const { width, height } = kept;
  if (width !== taken.width || height !== taken.height) return { share: 1000 };
  const picture = new PNG({ width, height });
  const count = pixelmatch(kept.data, taken.data, picture.data, width, height, { threshold: COLOUR });
  return { share: (count * 1000) / (width * height), picture };
}
