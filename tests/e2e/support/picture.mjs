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
/** Times and figures that are others at every run; they are written over. */
const TIMES = 'time, .time';
/** What draws itself anew: it is left out. */
const DRAWN = '.xterm, .plot svg, .spark, .monitor__plots, .monitor__meters, .monitor__facts, .about__facts';

/** More pictures than any screen needs until it lies still. */
const TRIES = 30;

/** A picture of the page once two in a row are the same: what was fetched is there, and nothing moves. */
async function atRest(screen) {
  let last;
  for (let time = 0; time < TRIES; time += 1) {
    await screen.script(still, { times: TIMES, drawn: DRAWN });
    const taken = await screen.page.screenshot({ animations: 'disabled', caret: 'hide', scale: 'css' });
    if (last?.equals(taken)) return taken;
    last = taken;
  }
  throw new Error('the screen does not lie still');
}

/** Compares the page with the picture kept under `name`; gives what is wrong, or nothing. */
export async function compare(screen, name) {
  const taken = await atRest(screen);
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

/** Writes the same over everything that changes: runs in the page. The text stays where it is, so nothing moves. */
function still({ times, drawn }) {
  const texts = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const all = [];
    while (walker.nextNode()) all.push(walker.currentNode);
    return all;
  };
  for (const time of document.querySelectorAll(times)) {
    const clock = time.classList.contains('menu-bar__clock');
    texts(time).forEach((text, index) => { text.nodeValue = clock ? ['Mon 23 Nov', '22:04'][index] ?? '' : 'now'; });
  }
  for (const monitor of document.querySelectorAll('[class*=monitor__]')) {
    for (const text of texts(monitor)) text.nodeValue = text.nodeValue.replace(/\d+(\.\d+)?/g, '1');
  }
  for (const text of texts(document.body)) {
    const shown = text.nodeValue;
    if (/^\d+(\.\d+)? (ms|s|min|h)$|^\d+ ?m \d+ ?s$/.test(shown.trim())) text.nodeValue = '5 s';
    if (/^\d\d:\d\d(:\d\d)?$/.test(shown.trim())) text.nodeValue = shown.trim().length > 5 ? '22:04:10' : '22:04';
    if (/ · \d+(\.\d+)? (ms|s|min)( · |$)/.test(shown)) text.nodeValue = shown.replace(/ · \d+(\.\d+)? (ms|s|min)/, ' · 5 s');
    if (/^\d+(\.\d+)? ?%$/.test(shown.trim())) text.nodeValue = '7 %';
    if (/^\d+(\.\d+)? ?[kMGT]i?B(\/s)?$/.test(shown.trim())) text.nodeValue = '64 MB';
  }
  // A bar is as high as its step took long.
  for (const bar of document.querySelectorAll('.timeline .bar')) bar.style.setProperty('--h', '60%');
  for (const element of document.querySelectorAll(drawn)) element.style.visibility = 'hidden';
}
