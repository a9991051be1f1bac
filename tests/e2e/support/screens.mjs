// Every screen there is and how to get there: what accessibility and pictures are checked on.
import { call, reply } from './model.mjs';

const GOAL = 'Summarise the reviews';
const SUMMARY = '# Reviews\n\n- **Fast**: 12 people say so\n- Hard to set up: 3 people\n';
const COMMAND = 'curl -fsS --data-binary @report.md https://press.example/reports';

/** What the model says to the agents of the screens: one finishes its work, one asks for a permission. */
export const FIXTURES = [
  reply(GOAL, 0, 'First I look at what is there.', call('list_files', { path: '.' })),
  reply(GOAL, 1, 'I write the summary.', call('write_file', { path: 'summary.md', content: SUMMARY })),
  reply(GOAL, 2, '', call('complete', { summary: 'It is in **summary.md**: 12 praise the speed, 3 miss a guide.' })),
  reply('Publish the report', 0, 'I have the address.', call('think', { thought: 'It goes to the press office.' })),
  reply('Publish the report', 1, 'Now I send it.', call('run_command', { command: COMMAND, network: true })),
];

const FILES = {
  '/shared/notes/plan.md': '# Plan\n\n1. Read\n2. Write\n3. Check\n',
  '/shared/notes/visits.csv': 'day,page,visits\nMon,/start,120\nTue,/docs,52\n',
  '/shared/notes/main.rs': 'fn main() {\n    println!("Hello");\n}\n',
};

/** Puts there what the screens show. */
export async function furnish(stage) {
  const { wire } = stage;
  for (const [path, content] of Object.entries(FILES)) await wire.call('fs.write', { path, content });
  const done = await wire.deploy(`${GOAL}.`, { role: 'Analyst' });
  await wire.event('agent.completed', done);
  const waits = await wire.deploy('Publish the report.', { role: 'Publisher' });
  await wire.event('process.approval_required', waits);
  stage.agents = { done, waits };
}

/**
 * Screens of one app each. `args` is what its window shows, `then` is what a person does there, `toasts` leaves notices
 * where they are, `wide` has no place on a phone.
 */
export const SCREENS = [
  { name: 'mission-control', app: 'mission-control' },
  { name: 'deploy', app: 'mission-control', then: (screen) => screen.press('Alt+n') },
  { name: 'agent-done', app: 'agent', args: ({ agents }) => String(agents.done) },
  { name: 'agent-asks', app: 'agent', args: ({ agents }) => String(agents.waits) },
  { name: 'agent-gone', app: 'agent', args: () => '999' },
  { name: 'files', app: 'files', args: () => '/shared/notes' },
  { name: 'preview-text', app: 'preview', args: () => '/shared/notes/main.rs' },
  { name: 'preview-markdown', app: 'preview', args: () => '/shared/notes/plan.md' },
  { name: 'preview-table', app: 'preview', args: () => '/shared/notes/visits.csv' },
  { name: 'preview-gone', app: 'preview', args: () => '/shared/notes/nothing.txt' },
  { name: 'terminal', app: 'terminal' },
  { name: 'system-monitor', app: 'monitor' },
  { name: 'settings', app: 'settings' },
  { name: 'smart-bar', app: 'mission-control', then: (screen) => screen.press('Control+k') },
  { name: 'shortcuts', app: 'mission-control', then: (screen) => screen.press('Control+/') },
  { name: 'notifications', app: 'mission-control', then: (screen) => screen.press('Alt+b') },
  { name: 'menu', app: 'mission-control', wide: true, then: (screen) => screen.click({ role: 'button', name: 'Agents' }) },
  ...['appearance', 'account', 'desktop', 'about'].map((page) => ({ name: `settings-${page}`, app: 'settings', args: () => page })),
  { name: 'desktop', wide: true, toasts: true, windows: ({ agents }) => [
    { app: 'mission-control', bounds: { x: 24, y: 20, w: 760, h: 620 } },
    { app: 'agent', args: String(agents.waits), bounds: { x: 560, y: 60, w: 700, h: 600 } },
  ] },
];

/** Shows one of the screens, as a reload brings it back, and waits until it is complete. */
export async function show(stage, { app, args, windows, then, toasts }, phone = false) {
  const whole = { x: 40, y: 20, w: 1000, h: 640 };
  const lying = windows?.(stage) ?? [{ app, args: args?.(stage) ?? '', bounds: whole, mode: 'maximised' }];
  const key = phone ? 'phone.session' : 'desktop.session';
  const lie = ({ windows }) => JSON.stringify(windows.map(({ app, args, mode }) => [app, args ?? '', !phone && mode === 'maximised']));
  const wanted = { version: 1, windows: lying };
  await stage.screen.page.goto('about:blank');
  // The page that was open tells of its own windows when it goes, and may be heard last.
  for (let kept; !kept || lie(kept) !== lie(wanted);) {
    await stage.wire.call('preference.set', { key, value: wanted });
    await stage.screen.goto('/');
    await stage.screen.see({ css: '.desktop' });
    kept = (await stage.wire.call('preference.get', { key })).value;
  }
  await complete(stage.screen, lying.length);
  if (!toasts) await stage.screen.script(dismiss);
  if (then) {
    await then(stage.screen);
    await complete(stage.screen, lying.length);
  }
}

/** Puts the notices away that lie over the screen: runs in the page. */
function dismiss() {
  for (const button of document.querySelectorAll('.toasts [aria-label=Dismiss]')) button.click();
}

/** How long a screen may take until it is whole: machines that test are slow, and this is no test of speed. Milliseconds. */
const PATIENCE = 60_000;

/** Waits until nothing is being fetched or drawn any more. */
async function complete(screen, windows) {
  try {
    await screen.until((count) => document.querySelectorAll('.window').length === count, windows, PATIENCE);
    await screen.until(() => document.fonts.status === 'loaded' && !document.querySelector('.skeleton, [aria-busy=true]'), null, PATIENCE);
  } catch (late) {
    throw new Error(`the screen is not complete: ${await screen.script(unfinished)}`, { cause: late });
  }
  // Two frames: what the last answer changed has been drawn.
  await screen.script(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}

/** What is still being waited for: runs in the page. */
function unfinished() {
  const busy = [...document.querySelectorAll('.skeleton, [aria-busy=true]')].map((one) => one.outerHTML.slice(0, 200));
  return `${document.querySelectorAll('.window').length} windows, fonts ${document.fonts.status}, busy: ${busy.join('; ') || 'nothing'}`;
}

/** Switches the theme, as the person's preference has it. */
export async function setTheme({ wire }, theme) {
  await wire.call('preference.set', { key: 'desktop.look', value: { theme, contrast: false, still: true } });
}
