// How fast the screen is: each figure is measured on its own, beside its baseline.
import { once } from 'node:events';
import { createServer } from 'node:http';

import { Chromium, theBrowser } from './chromium.mjs';
import { Model, call, reply } from './model.mjs';
import { signIn } from './scene.mjs';
import { Server } from './server.mjs';
import { longTasks, perMove, traced } from './trace.mjs';
import { AppWindow, Host } from './window.mjs';

const TIMES = 5;
const ENTRIES = 5_000;

const sorted = (values) => [...values].sort((a, b) => a - b);
const share = (values, part) => sorted(values)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? NaN;
const ms = (value) => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
const fps = (value) => `${value.toFixed(0)} /s`;

/** A page with nothing on it but a box that can be moved. */
const EMPTY = `<!doctype html><title>empty</title><style>#box{position:absolute;width:300px;height:200px;background:#888}</style>
<body><p>a line of text</p><input id=field><div id=box></div><script>document.addEventListener('pointermove',(event)=>{
document.getElementById('box').style.translate=event.clientX+'px '+event.clientY+'px'})</script>`;

async function emptyPage() {
  const server = createServer((_, answer) => answer.writeHead(200, { 'content-type': 'text/html' }).end(EMPTY));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

/** Sees from within when something can be used for the first time. */
function watchFor(selector) {
  const look = () => {
    const found = document.querySelector(selector);
    if (found && !found.disabled) window.usable ??= performance.now();
    else requestAnimationFrame(look);
  };
  look();
}

/** Milliseconds to the first paint and to the first use, and bytes of programs, scripts and styles: from a cold start. */
async function load(url, selector, cookies = []) {
  const context = await (await theBrowser()).newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
  if (cookies.length > 0) await context.addCookies(cookies);
  const page = await context.newPage();
  await page.addInitScript(watchFor, selector);
  await page.goto(url);
  const usable = await (await page.waitForFunction(() => window.usable)).jsonValue();
  const seen = await page.evaluate(() => ({
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
    bytes: performance.getEntriesByType('resource').filter(({ name }) => /\.(wasm|js|css)$/.test(name))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
  }));
  await context.close();
  return { ...seen, usable };
}

async function loads(...about) {
  const all = [];
  for (let time = 0; time < TIMES; time += 1) all.push(await load(...about));
  const median = (part) => share(all.map((one) => one[part]), 0.5);
  return { paint: median('paint'), usable: median('usable'), bytes: median('bytes') };
}

async function start() {
  const [server, empty] = [await Server.start(), await emptyPage()];
  const bare = await loads(empty.url, '#field');
  const door = await loads(server.url, 'input[type=password]');
  const cookie = { name: 'aether_token', value: await server.token(), url: server.url };
  const desktop = await loads(server.url, '.desktop .window', [cookie]);
  empty.stop();
  await server.stop();
  const figure = (name, ours, base, most) => ({
    name, ours: ms(ours), bare: ms(base), ratio: ours / base, goal: { text: `<= ${most} ms`, met: ours <= most },
  });
  return [
    figure('page: first paint', door.paint, bare.paint, 1_000),
    figure('page: sign-in can be used', door.usable, bare.usable, 1_500),
    figure('page: desktop is there', desktop.usable, bare.usable, 1_500),
    {
      name: 'page: wasm + js + css', ours: `${(desktop.bytes / 1e6).toFixed(2)} MB`,
      goal: { text: '<= 2 MB', met: desktop.bytes <= 2_000_000 },
    },
  ];
}

/** A desktop with twenty windows on it. */
async function crowd(wire) {
  const apps = ['files', 'preview', 'agent', 'preview'];
  const windows = Array.from({ length: 20 }, (_, index) => ({
    app: apps[index % apps.length],
    args: index % 4 === 0 ? `/shared/${index}` : index % 4 === 2 ? String(900 + index) : `/shared/${index}.txt`,
    bounds: { x: 20 + index * 24, y: 10 + index * 12, w: 560, h: 420 },
  }));
  for (let index = 0; index < 20; index += 1) {
    await wire.call('fs.write', { path: `/shared/${index}.txt`, content: 'a line of text\n'.repeat(200) });
    await wire.call('fs.write', { path: `/shared/${index}/a.txt`, content: 'x' });
  }
  await wire.call('preference.set', { key: 'desktop.welcomed', value: true });
  await wire.call('preference.set', { key: 'desktop.session', value: { version: 1, windows } });
}

/** Moves the pointer with the button held, and gives pointer moves' work, long tasks and frames a second. */
async function dragged(page, from) {
  const browser = await theBrowser();
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + 8, from.y + 8, { steps: 3 });
  await page.evaluate(() => {
    window.frames = 0;
    window.begun = performance.now();
    const count = () => { window.frames += 1; window.counting = requestAnimationFrame(count); };
    count();
  });
  const events = await traced(browser, page, async () => {
    for (let step = 0; step < 240; step += 1) {
      await page.mouse.move(from.x + 150 * Math.sin(step / 20), from.y + 60 + 50 * Math.cos(step / 20));
    }
  });
  const rate = await page.evaluate(() => {
    cancelAnimationFrame(window.counting);
    return (window.frames * 1000) / (performance.now() - window.begun);
  });
  await page.mouse.up();
  return { moves: perMove(events), long: longTasks(events), rate };
}

const place = () => document.querySelector('.window[data-focused]').style.translate;

async function drag() {
  const [server, empty] = [await Server.start(), await emptyPage()];
  const wire = await server.wire();
  await crowd(wire);
  const screen = await Chromium.open(server, { reducedMotion: 'no-preference' });
  await screen.goto('/');
  await signIn(screen);
  await screen.until(() => document.querySelectorAll('.window').length === 20 && !document.querySelector('.skeleton'));
  const front = await screen.script(() => {
    const { x, y } = document.querySelector('.window[data-focused] .window__bar').getBoundingClientRect();
    return { x: x + 90, y: y + 12 };
  });
  const before = await screen.script(place);
  const ours = await dragged(screen.page, front);
  if (before === await screen.script(place)) throw new Error('no window was dragged');
  await screen.page.goto(empty.url);
  const bare = await dragged(screen.page, { x: 600, y: 300 });
  await screen.close();
  wire.close();
  empty.stop();
  await server.stop();
  const [p95, base] = [share(ours.moves, 0.95), share(bare.moves, 0.95)];
  return [
    {
      name: 'drag among 20: script + layout p95', ours: ms(p95), bare: ms(base), ratio: p95 / base,
      goal: { text: '<= 4 ms a move', met: p95 <= 4 },
    },
    { name: 'drag among 20: long tasks', ours: String(ours.long), bare: String(bare.long), goal: { text: 'none', met: ours.long === 0 } },
    { name: 'drag among 20: Chromium frames', ours: fps(ours.rate), bare: fps(bare.rate), ratio: ours.rate / bare.rate },
  ];
}

/** Frames a second for two seconds, with or without a window being dragged: runs in the page, calls back. */
function framesOf(dragging) {
  const done = arguments[arguments.length - 1];
  const bar = document.querySelector('.window[data-focused] .window__bar');
  const { x, y } = bar.getBoundingClientRect();
  const point = (by) => ({
    bubbles: true, cancelable: true, pointerId: 1, isPrimary: true, button: 0, buttons: 1,
    clientX: x + 90 + by * 3, clientY: y + 12 + by,
  });
  const say = (type, by) => (type === 'pointerdown' ? bar : document).dispatchEvent(new PointerEvent(type, point(by)));
  if (dragging) say('pointerdown', 0);
  const begun = performance.now();
  let frames = 0;
  const tick = (now) => {
    frames += 1;
    if (dragging) say('pointermove', 10 + 40 * Math.sin(frames / 15));
    if (now - begun < 2_000) return requestAnimationFrame(tick);
    if (dragging) say('pointerup', 10);
    return done((frames * 1000) / (now - begun));
  };
  requestAnimationFrame(tick);
}

async function dragInWindow() {
  const host = await Host.start();
  const wire = await host.wire();
  await crowd(wire);
  const screen = await AppWindow.open(host);
  await signIn(screen);
  await screen.until(() => document.querySelectorAll('.window').length === 20 && !document.querySelector('.skeleton'));
  await host.session.manage().setTimeouts({ script: 20_000 });
  const rate = (dragging) => host.session.executeAsyncScript(framesOf, dragging);
  // What comes back with twenty windows is still being drawn at first.
  let bare = 0;
  for (let last = -1; Math.abs(bare - last) > bare / 10 || bare < 2;) [last, bare] = [bare, await rate(false)];
  const ours = await rate(true);
  wire.close();
  await host.stop();
  return [{ name: 'drag among 20: WebKitGTK frames', ours: fps(ours), bare: fps(bare), ratio: ours / bare }];
}

/** An agent that has been through a great deal. */
async function longRun(wire) {
  const pid = await wire.deploy('Think it through.', { maxSteps: 200 });
  await wire.event('agent.completed', pid);
  return { pid, count: (await wire.trajectory(pid)).length };
}

function thoughts() {
  const each = 100;
  const turns = Math.ceil(ENTRIES / (each * 2 + 1));
  const calls = (turn) => Array.from({ length: each }, (_, index) => call('think', { thought: `Thought ${turn}.${index}: it goes on, and every line is as long as lines are.` }));
  const replies = Array.from({ length: turns }, (_, turn) => reply('Think it through', turn, `Turn ${turn}.`, ...calls(turn)));
  return [...replies, reply('Think it through', turns, '', call('complete', { summary: 'All is thought.' }))];
}

/** Scrolls a list from end to end, 240 pixels a frame, faster than anybody reads: runs in the page. Gives the frames' lengths in milliseconds. */
function scrolled(selector) {
  return new Promise((done) => {
    const list = document.querySelector(selector);
    const lengths = [];
    let last = performance.now();
    const tick = (now) => {
      lengths.push(now - last);
      last = now;
      const before = list.scrollTop;
      list.scrollTop -= 240;
      if (list.scrollTop === before || lengths.length > 4_000) done(lengths.slice(1));
      else requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
}

async function scroll() {
  const model = await Model.start(thoughts());
  const server = await Server.start({ model });
  const wire = await server.wire();
  const { pid, count } = await longRun(wire);
  const window = { app: 'agent', args: String(pid), bounds: { x: 10, y: 10, w: 900, h: 700 }, mode: 'maximised' };
  await wire.call('preference.set', { key: 'desktop.welcomed', value: true });
  await wire.call('preference.set', { key: 'desktop.session', value: { version: 1, windows: [window] } });
  const screen = await Chromium.open(server);
  await screen.goto('/');
  await signIn(screen);
  await screen.until((most) => Number(document.querySelector('[data-test=agent-timeline]')?.ariaValueMax) >= most, count - 5, 60_000);
  await screen.until(() => document.querySelector('.stream .chunked__scroll')?.scrollTop > 10_000);
  const lengths = await screen.script(scrolled, '.stream .chunked__scroll');
  await screen.page.setContent(`<div class=stream style="height:700px;overflow:auto">${'<p>a line of text</p>'.repeat(count)}</div>`);
  await screen.script(() => { document.querySelector('.stream').scrollTop = 1e9; });
  const bare = await screen.script(scrolled, '.stream');
  await screen.close();
  wire.close();
  await server.stop();
  await model.stop();
  const [p95, base] = [share(lengths, 0.95), share(bare, 0.95)];
  const late = lengths.filter((length) => length > 50).length;
  return [
    { name: `scroll ${count} entries: frame p95`, ours: ms(p95), bare: ms(base), ratio: p95 / base },
    { name: `scroll ${count} entries: frames > 50 ms`, ours: `${late} of ${lengths.length}`, goal: { text: 'none', met: late === 0 } },
  ];
}

export const FIGURES = [
  { name: 'page', measure: start },
  { name: 'drag', measure: drag },
  { name: 'drag window', measure: dragInWindow },
  { name: 'scroll', measure: scroll },
];
