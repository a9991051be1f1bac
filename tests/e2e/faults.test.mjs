// What goes wrong: each has a state that was designed for it, and nothing is lost.
import assert from 'node:assert/strict';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';

import { closeBrowser } from './support/chromium.mjs';
import { call, reply } from './support/model.mjs';
import { scene, signIn } from './support/scene.mjs';
import { PASSWORD } from './support/server.mjs';
import { lying, windowThat } from './support/windows.mjs';

after(closeBrowser);

/** How soon after the server's return the screen has to be right again, milliseconds. */
const SOON = 2_000;

const banner = { css: '.lost-banner[data-shown]' };

/** Opens the desktop with these windows. */
function lies(...windows) {
  const bounds = { x: 40, y: 20, w: 900, h: 640 };
  return ({ wire }) => wire.call('preference.set', {
    key: 'desktop.session',
    value: { version: 1, windows: windows.map((window) => ({ bounds, ...window })) },
  });
}

scene('a server that goes is said to be gone, and work goes on where it was once it is back', {}, async ({ screen, server }) => {
  await screen.press('Alt+5');
  await windowThat(screen, 'Settings – Models', { front: true });
  const before = await screen.script(lying);
  await server.kill();
  await screen.see(banner);
  assert.match(await screen.read(banner), /[Cc]onnection to the kernel lost/);
  await screen.see({ text: /^Offline$/ });
  assert.deepEqual(await screen.script(lying), before, 'what is known stays');
  await server.again();
  await screen.until(() => !document.querySelector('.lost-banner[data-shown]'), null, SOON);
  assert.deepEqual(await screen.script(lying), before);
});

const COUNTS = Array.from({ length: 8 }, (_, step) =>
  reply('Count slowly', step, `Now ${step}.`, call('run_command', { command: `sleep 0.3; echo counted ${step}` })));

scene('a server that is killed in a run leaves the open tab right within two seconds of its return', {
  fixtures: [...COUNTS, reply('Count slowly', 8, '', call('complete', { summary: 'Counted to eight.' }))],
}, async ({ screen, server, wire }) => {
  const pid = await wire.deploy('Count slowly.');
  await screen.press('Alt+m');
  await screen.click({ test: `agent-card-${pid}` });
  await screen.see({ test: `agent-window-${pid}` });
  await screen.until(() => Number(document.querySelector('[data-test=agent-timeline]')?.ariaValueMax) >= 8);
  await server.kill();
  await screen.see(banner);
  await server.again();
  const back = await server.wire();
  const known = (await back.trajectory(pid)).length;
  await screen.until((known) => !document.querySelector('.lost-banner[data-shown]')
    && Number(document.querySelector('[data-test=agent-timeline]').ariaValueMax) >= known, known, SOON);
  await screen.see({ test: 'agent-end' }, 40_000);
  const entries = await back.trajectory(pid);
  back.close();
  await screen.until((count) => Number(document.querySelector('[data-test=agent-timeline]').ariaValueMax) === count, entries.length);
  assert.deepEqual(await walked(screen, entries.length), entries.map(words));
});

/** What the time line says of each entry, gone through from its beginning. */
async function walked(screen, count) {
  await screen.focus({ test: 'agent-timeline' });
  await screen.press('Home');
  const all = [];
  for (let place = 1; place <= count; place += 1) {
    all.push(await screen.until((place) => {
      const line = document.querySelector('[data-test=agent-timeline]');
      return Number(line.ariaValueNow) === place && line.getAttribute('aria-valuetext');
    }, place));
    await screen.press('ArrowRight');
  }
  return all;
}

/** What it should say. */
function words({ step, kind, tool, at }) {
  const what = kind === 'action' ? tool : kind.replace(/[^a-z]/gi, '').toLowerCase();
  return `Step ${step}, ${what}, ${new Date(at).toISOString().slice(11, 19)}`;
}

scene('a page that is opened while there is no server says so and comes by itself', { signedIn: false }, async ({ screen, server }) => {
  await signIn(screen);
  await server.kill();
  // The page itself is still in the browser; only the socket has nowhere to go.
  await screen.see(banner);
  await server.again();
  await screen.until(() => !document.querySelector('.lost-banner[data-shown]'), null, SOON);
});

scene('a session that ends is signed in over, and nothing of the work is lost', {}, async ({ screen, server, wire }) => {
  await screen.press('Alt+5');
  await windowThat(screen, 'Settings – Models', { front: true });
  const before = await screen.script(lying);
  await screen.context.request.post(`${server.url}/api/auth/logout`);
  // The end is noticed with the next thing that happens.
  await wire.call('preference.set', { key: 'something', value: 1 });
  await screen.see({ role: 'heading', name: 'Sign in to continue' });
  assert.equal(await screen.script(() => document.querySelectorAll('.window').length), before.length);
  await screen.fill({ css: 'input[type=password]' }, PASSWORD);
  await screen.press('Enter');
  await screen.gone({ role: 'heading', name: 'Sign in to continue' });
  assert.deepEqual((await screen.script(lying)).map(({ title, place }) => ({ title, place })),
    before.map(({ title, place }) => ({ title, place })));
});

scene('the same screen in a second tab is told, and either can go on', {}, async ({ screen }) => {
  const session = await screen.script(() => sessionStorage.getItem('aether.session'));
  const second = await screen.context.newPage();
  await second.addInitScript((name) => sessionStorage.setItem('aether.session', name), session);
  await second.goto(screen.server.url);
  await second.locator('.desktop').waitFor();
  await screen.click({ role: 'button', name: 'Use it here' });
  await screen.gone({ role: 'button', name: 'Use it here' });
  await screen.see({ css: '.desktop' });
});

scene('where there is no agent Mission Control says what to do', {}, async ({ screen }) => {
  await screen.see({ text: /^No agents yet$/ });
  await screen.see({ role: 'button', name: 'Watch the tour' });
});

scene('where there is no key the deploy dialog says what is missing, and keeps what was typed', {}, async ({ screen }) => {
  await screen.press('Alt+n');
  await screen.see({ role: 'dialog', name: 'Deploy an agent' });
  await screen.see({ text: /No provider of models is set up yet/ });
  await screen.fill({ css: '[data-test=deploy-form] textarea' }, 'Do something useful');
  await screen.press('Control+Enter');
  await screen.until(() => /GEMINI_API_KEY|provider/i.test(document.querySelector('.field [role=alert], .field__error, .banner')?.innerText ?? ''));
  assert.equal(await screen.script(() => document.querySelector('[data-test=deploy-form] textarea').value), 'Do something useful');
});

scene('an agent that is gone and a file that is gone are said to be gone', {
  before: lies({ app: 'agent', args: '999' }, { app: 'preview', args: '/shared/nothing.txt' }),
}, async ({ screen }) => {
  await screen.see({ text: /There is no such agent here/ });
  await screen.see({ text: /not found|no such file|is gone|was deleted/i });
});

scene('a file of a gigabyte is shown without reading it whole', {
  before: async (stage) => {
    await stage.wire.call('fs.write', { path: '/shared/big.log', content: 'first line\n' });
    truncateSync(join(stage.server.root, 'shared/big.log'), 1024 ** 3);
    await lies({ app: 'preview', args: '/shared/big.log' })(stage);
  },
}, async ({ screen }) => {
  await screen.see({ css: '.window[aria-label*="big.log"]' });
  await screen.until(() => /1(\.0+)? ?GB|1\.07 GB|1,?024|1(\.0)? GiB/.test(document.querySelector('.window[aria-label*="big.log"]').innerText));
  const alive = await screen.script(() => new Promise((done) => {
    const begun = performance.now();
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
  }));
  assert.ok(alive < 1_000, `the page did not answer for ${alive} ms`);
  assert.match(await screen.read({ css: '.window[aria-label*="big.log"]' }), /[Dd]ownload/);
});

const NAME = 'ñ 日本語 עברית ‮right‬ 👩‍🚀 é́ %2F "quoted" <b>&amp; #?*.txt';

scene('a file name of every kind of sign is shown as it is, and opens', {
  before: async (stage) => {
    mkdirSync(join(stage.server.root, 'shared/odd'), { recursive: true });
    writeFileSync(join(stage.server.root, 'shared/odd', NAME), 'the odd file');
    await lies({ app: 'files', args: '/shared/odd' })(stage);
  },
}, async ({ screen }) => {
  await screen.until((name) => document.querySelector('.window[aria-label]')?.innerText.includes(name.slice(0, 5)), NAME);
  assert.equal(await screen.script(() => document.querySelectorAll('.window b').length), 0, 'a name is no markup');
  await screen.page.getByText('quoted').first().dblclick();
  await screen.see({ text: /the odd file/ });
});

scene('at 200 % zoom everything is there and nothing is cut off', {
  options: { viewport: { width: 720, height: 450 }, deviceScaleFactor: 2 },
}, async ({ screen }) => {
  await screen.see({ role: 'button', name: 'File' });
  const outside = await screen.script(() => [...document.querySelectorAll('.menu-bar button, .dock button, .window__bar button')]
    .filter((button) => {
      const { left, right, top, bottom } = button.getBoundingClientRect();
      return left < 0 || right > innerWidth + 0.5 || top < 0 || bottom > innerHeight + 0.5;
    }).map((button) => button.getAttribute('aria-label') ?? button.innerText));
  assert.deepEqual(outside, []);
  assert.ok(await screen.script(() => document.documentElement.scrollWidth <= innerWidth));
});

scene('ten thousand events in a second are taken in, and the screen goes on answering', {}, async ({ screen }) => {
  let toPage;
  await screen.page.routeWebSocket(/\/kernel/, (socket) => {
    const server = socket.connectToServer();
    toPage = socket;
    server.onMessage((message) => socket.send(message));
    socket.onMessage((message) => server.send(message));
  });
  await screen.reload();
  await screen.see({ css: '.desktop' });
  const worst = screen.script(() => new Promise((done) => {
    let [last, longest, frames] = [performance.now(), 0, 0];
    const tick = (now) => {
      longest = Math.max(longest, now - last);
      last = now;
      frames += 1;
      if (document.querySelectorAll('[data-card]').length >= 1 && window.over) done({ longest, frames });
      else requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }));
  const process = (pid, rev) => ({
    pid, ppid: 1, uid: `agent_${pid}`, name: `Worker ${pid}`, command: '', state: 'running', agentPhase: 'thinking',
    cwd: '/', env: {}, createdAt: 1, priority: 3, cpuPercent: rev % 100, memoryMB: 10, step: rev, maxSteps: 100000,
    goal: 'Count', role: 'Worker',
  });
  let seq = 1_000_000;
  for (let batch = 0; batch < 100; batch += 1) {
    const events = Array.from({ length: 100 }, (_, index) => {
      seq += 1;
      const pid = 500 + (index % 10);
      const rev = batch * 100 + index + 1;
      return { seq, type: 'entity.changed', kind: 'process', id: String(pid), rev, entity: process(pid, rev) };
    });
    toPage.send(JSON.stringify(events));
  }
  await screen.until(() => document.querySelectorAll('[data-card]').length === 10);
  await screen.script(() => { window.over = true; });
  const { longest } = await worst;
  assert.ok(longest < 1_500, `the screen stood still for ${Math.round(longest)} ms`);
  await screen.press('Control+k');
  await screen.see({ role: 'dialog', name: 'Smart Bar' });
});
