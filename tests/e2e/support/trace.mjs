// What Chromium's own tracing says of a stretch of work.

/** Work of scripts and of layout, as the timeline names it. */
const WORK = new Set([
  'EventDispatch', 'FunctionCall', 'FireAnimationFrame', 'RunMicrotasks', 'TimerFire', 'UpdateLayoutTree', 'Layout',
]);
const LONG = 50_000;

/** Records what `work` does, and gives the events of the page's main thread in their order. */
export async function traced(browser, page, work) {
  await browser.startTracing(page, { categories: ['devtools.timeline', 'toplevel', 'blink.user_timing'] });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const moves = traceEvents.filter(({ name, args }) => name === 'EventDispatch' && args?.data?.type === 'pointermove');
  const thread = moves[0] && `${moves[0].pid}/${moves[0].tid}`;
  return traceEvents
    .filter(({ pid, tid, ph }) => `${pid}/${tid}` === thread && ph === 'X')
    .sort((a, b) => a.ts - b.ts);
}

/** Milliseconds of script and layout from each pointer move to the next. */
export function perMove(events) {
  const moves = events.filter(({ name, args }) => name === 'EventDispatch' && args?.data?.type === 'pointermove');
  const outermost = [];
  let until = 0;
  for (const event of events.filter(({ name }) => WORK.has(name))) {
    // What happens within another event has been counted with it.
    if (event.ts < until) continue;
    outermost.push(event);
    until = event.ts + (event.dur ?? 0);
  }
  const spent = moves.slice(0, -1).map(() => 0);
  let move = 0;
  for (const { ts, dur = 0 } of outermost) {
    while (move + 1 < moves.length && ts >= moves[move + 1].ts) move += 1;
    if (ts >= moves[0]?.ts && move < spent.length) spent[move] += dur / 1000;
  }
  return spent;
}

/** How many tasks held the page up for longer than 50 ms. */
export function longTasks(events) {
  return events.filter(({ name, dur }) => /RunTask/.test(name) && dur > LONG).length;
}
