// The figures of the screen, on the programs as they are shipped, each beside a bare baseline where that says something.
// `cargo xtask bench` runs it after those of the kernel; words choose figures by a part of their name.
import { closeBrowser } from './support/chromium.mjs';
import { FIGURES } from './support/figures.mjs';

const words = process.argv.slice(2);
const wanted = (name) => words.length === 0 || words.some((word) => name.includes(word));

/** A goal is said with whether it is met; the figures are for a person, so a missed one ends nothing. */
function print({ name, ours, bare = '', ratio, goal }) {
  const columns = [name.padEnd(34), ours.padStart(18), bare.padStart(18), (ratio?.toFixed(2) ?? '').padStart(8)];
  console.log(`${columns.join(' ')}${goal ? `   ${goal.text}: ${goal.met ? 'met' : 'missed'}` : ''}`);
}

for (const { name, measure } of FIGURES.filter(({ name }) => wanted(name))) {
  for (const figure of await measure(name)) print(figure);
}
await closeBrowser();
