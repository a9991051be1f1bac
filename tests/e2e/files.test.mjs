// Files by the pointer: folders that are dropped, and bands that are drawn around entries.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

import { closeBrowser } from './support/chromium.mjs';
import { eventually } from './support/eventually.mjs';
import { scene } from './support/scene.mjs';

after(closeBrowser);

const NAMES = Array.from({ length: 12 }, (_, index) => `note-${String(index).padStart(2, '0')}.txt`);

/** Opens the desktop with a window of files on a folder that has some in it. */
async function notes({ wire }) {
  for (const name of NAMES) await wire.call('fs.write', { path: `/shared/notes/${name}`, content: name });
  const bounds = { x: 40, y: 20, w: 900, h: 640 };
  const value = { version: 1, windows: [{ app: 'files', args: '/shared/notes', bounds }] };
  await wire.call('preference.set', { key: 'desktop.session', value });
}

const chosen = () => [...document.querySelectorAll('.entry--selected')].map((entry) => entry.dataset.name).sort();

/** What is chosen is drawn a frame after it is. */
async function areChosen(screen, names) {
  await screen.until((names) => {
    const chosen = [...document.querySelectorAll('.entry--selected')].map((entry) => entry.dataset.name).sort();
    return JSON.stringify(chosen) === JSON.stringify(names);
  }, names);
}

async function rect(screen, css) {
  return screen.until((css) => document.querySelector(css)?.getBoundingClientRect().toJSON(), css);
}

async function draw(screen, from, to) {
  const { mouse } = screen.page;
  await mouse.move(...from);
  await mouse.down();
  await mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2, { steps: 3 });
  await mouse.move(...to, { steps: 3 });
  return () => mouse.up();
}

scene('a band chooses what it touches, in lines and in tiles', { before: notes }, async ({ screen }) => {
  const list = await rect(screen, '[data-test=files-list]');
  const last = await rect(screen, `[data-name="${NAMES.at(-1)}"]`);
  const third = await rect(screen, `[data-name="${NAMES.at(-3)}"]`);
  const drop = await draw(screen, [list.right - 60, last.bottom + 40], [list.left + 60, third.top + 8]);
  await screen.see({ css: '.listing__band' });
  await areChosen(screen, NAMES.slice(-3));
  await drop();
  await screen.gone({ css: '.listing__band' });
  assert.deepEqual(await screen.script(chosen), NAMES.slice(-3), 'the click by which it ends clears nothing');

  // With Ctrl it adds; from the room of a line that is not its name.
  const first = await rect(screen, `[data-name="${NAMES[0]}"]`);
  await screen.page.keyboard.down('Control');
  const second = await draw(screen, [first.right - 20, first.top + 8], [first.right - 90, first.bottom + 8]);
  await second();
  await screen.page.keyboard.up('Control');
  await areChosen(screen, [...NAMES.slice(0, 2), ...NAMES.slice(-3)]);

  // Escape puts back what was chosen.
  const third2 = await draw(screen, [list.right - 60, last.bottom + 40], [list.left + 60, first.top + 8]);
  await screen.see({ css: '.listing__band' });
  await screen.press('Escape');
  await screen.gone({ css: '.listing__band' });
  await areChosen(screen, [...NAMES.slice(0, 2), ...NAMES.slice(-3)]);
  await third2();

  await screen.click({ role: 'button', name: 'View', within: { css: '.window[data-focused]' } });
  await screen.click({ css: '[role^=menuitem]:has-text("Grid")' });
  await screen.see({ css: '.listing--grid' });
  const corner = await rect(screen, `[data-name="${NAMES.at(-1)}"]`);
  const tile = await rect(screen, `[data-name="${NAMES[0]}"]`);
  const over = await draw(screen, [list.right - 30, corner.bottom + 30], [tile.left + 10, tile.top + 10]);
  await over();
  await areChosen(screen, NAMES);
});

scene('a folder that is dropped comes with all that is in it', { before: notes }, async ({ screen, server, ends }) => {
  const outside = mkdtempSync(join(tmpdir(), 'aether-drop-'));
  ends.push(() => rmSync(outside, { recursive: true, force: true }));
  mkdirSync(join(outside, 'trip/day one/empty'), { recursive: true });
  writeFileSync(join(outside, 'trip/plan.md'), '# Plan');
  writeFileSync(join(outside, 'trip/day one/photo.txt'), 'a photo');
  writeFileSync(join(outside, 'single.txt'), 'by itself');
  const { x, y, width, height } = await rect(screen, '[data-test=files-list]');
  const devtools = await screen.context.newCDPSession(screen.page);
  const data = { items: [], files: [join(outside, 'trip'), join(outside, 'single.txt')], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop']) {
    await devtools.send('Input.dispatchDragEvent', { type, x: x + width / 2, y: y + height - 20, data });
  }
  await screen.see({ css: '[data-test=entry][data-name="trip"]' });
  await screen.see({ css: '[data-test=entry][data-name="single.txt"]' });
  await screen.see({ text: /^Uploads finished$/ });
  const there = (path) => readFileSync(join(server.root, 'shared/notes', path), 'utf8');
  await eventually('the files', () => there('trip/day one/photo.txt') === 'a photo' && there('trip/plan.md') === '# Plan');
  assert.equal(there('single.txt'), 'by itself');
});
