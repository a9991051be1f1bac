// Finding what the desktop loads when it is first needed. `index.html` holds the list, because the names of files change
// with their content.

let urls;

/** The URL of a packed file by its plain name, such as "terminal.js"; undefined if there is none. */
export function url(name) {
  urls ??= JSON.parse(document.getElementById("assets").textContent);
  return urls[name];
}

const styles = new Map();

function style(href) {
  if (!styles.has(href)) {
    const loaded = new Promise((resolve, reject) => {
      const link = document.createElement("link");
      link.rel = "stylesheet";
      link.href = href;
      link.addEventListener("load", resolve);
      link.addEventListener("error", () => {
        // The next one who asks may have more luck.
        link.remove();
        styles.delete(href);
        reject(new Error(`${href} could not be loaded`));
      });
      document.head.append(link);
    });
    styles.set(href, loaded);
  }
  return styles.get(href);
}

/** Loads the part of this name ("terminal") with its style, once, and gives its module. */
export async function load(name) {
  const script = url(`${name}.js`);
  if (!script) {
    throw new Error(`there is no part ${name}`);
  }
  const sheet = url(`${name}.css`);
  const [module] = await Promise.all([import(script), sheet && style(sheet)]);
  return module;
}
