// Windows: dragged, snapped, tiled, put away, brought back, by pointer and by keys.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { closeBrowser } from './support/chromium.mjs';
import { scene } from './support/scene.mjs';
import { area, windowOf, windowThat } from './support/windows.mjs';

after(closeBrowser);

const TITLE = 'Mission Control';

/** Where a window's title bar can be held: beside its controls, before what the app has put there. */
async function bar(screen, title) {
  const [x, y] = (await windowOf(screen, title)).place;
  return { x: x + 90, y: y + 12 };
}

async function drag(screen, title, to) {
  const { mouse } = screen.page;
  const from = await bar(screen, title);
  await mouse.move(from.x, from.y);
  await mouse.down();
  await mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 });
  await mouse.move(to.x, to.y, { steps: 4 });
  return { from, drop: () => mouse.up() };
}

scene('a window follows the pointer and stays where it is let go', {}, async ({ screen }) => {
  const before = (await windowOf(screen, TITLE)).place;
  const from = await bar(screen, TITLE);
  const { drop } = await drag(screen, TITLE, { x: from.x + 90, y: from.y + 60 });
  await drop();
  const after = await windowThat(screen, TITLE, { mode: 'normal' });
  assert.deepEqual(after.place, [before[0] + 90, before[1] + 60, before[2], before[3]]);
});

scene('Escape puts a dragged window back', {}, async ({ screen }) => {
  const before = (await windowOf(screen, TITLE)).place;
  const { drop } = await drag(screen, TITLE, { x: 900, y: 500 });
  await screen.press('Escape');
  await screen.until((x) => document.querySelector('.window').getBoundingClientRect().x === x, before[0]);
  await drop();
  assert.deepEqual((await windowOf(screen, TITLE)).place, before);
});

scene('an edge of the screen shows where the window will lie, and there it lies', {}, async ({ screen }) => {
  const [x, y, w, h] = await screen.script(area);
  const { drop } = await drag(screen, TITLE, { x: x + 1, y: y + h / 2 });
  await screen.see({ css: '.snap-preview' });
  await drop();
  const left = await windowThat(screen, TITLE, { mode: 'snapped' });
  assert.ok(Math.abs(left.place[2] - w / 2) <= 12 && left.place[0] - x <= 12, `${left.place} in ${[x, y, w, h]}`);
  const { drop: up } = await drag(screen, TITLE, { x: x + w / 2, y: y + 1 });
  await up();
  const whole = await windowThat(screen, TITLE, { mode: 'maximised' });
  assert.deepEqual(whole.place, [x, y, w, h]);
});

scene('the title bar maximises by a double click and its controls do what they say', {}, async ({ screen }) => {
  const before = (await windowOf(screen, TITLE)).place;
  const { x, y } = await bar(screen, TITLE);
  await screen.page.mouse.dblclick(x, y);
  await windowThat(screen, TITLE, { mode: 'maximised' });
  const window = { role: 'region', name: TITLE };
  await screen.click({ role: 'button', name: 'Restore', within: window });
  assert.deepEqual((await windowThat(screen, TITLE, { mode: 'normal' })).place, before);
  await screen.click({ role: 'button', name: 'Minimise', within: window });
  await windowThat(screen, TITLE, { minimised: true });
  await screen.click({ css: '.dock__item' });
  await windowThat(screen, TITLE, { minimised: false, front: true });
  await screen.click({ role: 'button', name: 'Close', within: window });
  await windowThat(screen, TITLE, { absent: true });
});

scene('an edge of a window makes it larger, and never smaller than it may be', {}, async ({ screen }) => {
  const { mouse } = screen.page;
  const [x, y, w, h] = (await windowOf(screen, TITLE)).place;
  await mouse.move(x + w - 2, y + h / 2);
  await mouse.down();
  await mouse.move(x + w + 78, y + h / 2, { steps: 4 });
  await mouse.up();
  const wider = await windowThat(screen, TITLE, { mode: 'normal' });
  assert.deepEqual(wider.place, [x, y, w + 80, h]);
  await mouse.move(x + w + 78, y + h / 2);
  await mouse.down();
  await mouse.move(x + 20, y + h / 2, { steps: 6 });
  await mouse.up();
  const [, , narrow] = (await windowOf(screen, TITLE)).place;
  assert.ok(narrow >= 420 && narrow < w, `it is ${narrow} wide`);
});

scene('keys tile, move, resize, cycle, minimise and close', {}, async ({ screen }) => {
  await screen.press('Alt+5');
  await windowThat(screen, 'Settings – Models', { front: true });
  const [ax, , aw] = await screen.script(area);
  await screen.press('Control+Alt+ArrowRight');
  const tiled = await windowThat(screen, 'Settings – Models', { mode: 'snapped' });
  assert.ok(tiled.place[0] >= ax + aw / 2 - 12, `${tiled.place}`);
  await screen.press('Control+Shift+m');
  await windowThat(screen, 'Settings – Models', { mode: 'maximised' });
  await screen.press('Control+Shift+m');
  await screen.until(() => !document.querySelector('.window[data-mode=maximised]'));
  await screen.press('Alt+`');
  await windowThat(screen, TITLE, { front: true });
  const before = (await windowOf(screen, TITLE)).place;
  await screen.press('Alt+Shift+ArrowDown');
  await screen.press('Control+Alt+Shift+ArrowLeft');
  await screen.until(([x, y, w, h]) => {
    const now = document.querySelector('.window[data-focused]').getBoundingClientRect();
    return now.x === x && now.y === y + 32 && now.width === w - 32 && now.height === h;
  }, before);
  await screen.press('Control+m');
  await windowThat(screen, TITLE, { minimised: true });
  await screen.press('Alt+1');
  await windowThat(screen, TITLE, { minimised: false, front: true });
  await screen.press('Alt+w');
  await windowThat(screen, TITLE, { absent: true });
  await windowThat(screen, 'Settings – Models', { front: true });
});

scene('windows that were larger than the screen, or beside it, come back within reach', {
  before: ({ wire }) => wire.call('preference.set', {
    key: 'desktop.session',
    value: { version: 1, windows: [
      { app: 'mission-control', bounds: { x: 0, y: 0, w: 4000, h: 3000 } },
      { app: 'settings', bounds: { x: 5000, y: 4000, w: 800, h: 600 } },
      { app: 'files', bounds: { x: -900, y: -700, w: 800, h: 600 } },
    ] },
  }),
}, async ({ screen }) => {
  await screen.until(() => document.querySelectorAll('.window').length === 3);
  assert.deepEqual(await screen.script(lost), []);
  const [, , w, h] = await screen.script(area);
  const whole = (await windowOf(screen, TITLE)).place;
  assert.ok(whole[2] <= w && whole[3] <= h, `${whole} in ${w} x ${h}`);
  await screen.page.setViewportSize({ width: 800, height: 500 });
  await screen.until(() => document.querySelector('.window-layer').clientWidth === 800);
  await screen.until(() => document.querySelector('.window').getBoundingClientRect().width <= 800);
  assert.deepEqual(await screen.script(lost), []);
});

/** Windows whose title bar nobody can hold: runs in the page. */
function lost() {
  const layer = document.querySelector('.window-layer').getBoundingClientRect();
  const gone = [...document.querySelectorAll('.window')].filter((window) => {
    const bar = window.querySelector('.window__bar').getBoundingClientRect();
    const beside = bar.right < layer.left + 40 || bar.left > layer.right - 40;
    return beside || bar.top < layer.top - 1 || bar.top > layer.bottom - 20;
  });
  return gone.map((window) => window.getAttribute('aria-label'));
}
