// axe-core on what is shown: nothing serious, nothing critical.
import { packaged } from './places.mjs';

const GRAVE = ['serious', 'critical'];

/** The grave findings on the page as it is now, each as one line. */
export async function findings(screen, where) {
  await screen.page.evaluate(packaged('axe-core/axe.min.js'));
  const violations = await screen.page.evaluate(async () => {
    const result = await window.axe.run(document, { resultTypes: ['violations'] });
    return result.violations.map(({ id, impact, help, nodes }) => ({
      id,
      impact,
      help,
      nodes: nodes.map((node) => ({ target: node.target.flat().join(' '), why: node.failureSummary, html: node.html })),
    }));
  });
  return violations
    .filter(({ impact }) => GRAVE.includes(impact))
    .flatMap(({ id, impact, help, nodes }) =>
      nodes.map(({ target, why, html }) => `${where}: ${impact} ${id} (${help})\n  ${target}\n  ${html.slice(0, 200)}\n  ${why}`));
}
