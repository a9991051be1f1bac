// What a screen is: the few words by which a scenario drives the page in Chromium (`chromium.mjs`) and the real window
// (`window.mjs`) alike. It holds no code.

/**
 * What is meant on the screen; the first that is seen counts. One of:
 * `{ role, name }` as assistive technology has them (`name`: text or pattern), `{ label }` of a field, `{ text }` a pattern of
 * what is written, `{ test }` the value of `data-test`, `{ css }` a selector. `within` is another target that holds it.
 * @typedef {{ role?: string, name?: string | RegExp, label?: string, text?: RegExp, test?: string, css?: string, within?: Target }} Target
 */

/**
 * Every act waits until it can be done, and fails where that does not come about.
 * @typedef {object} Screen
 * @property {boolean} asksWho whether a name and a password are asked for
 * @property {(path?: string) => Promise<void>} goto loads the page
 * @property {(target: Target) => Promise<void>} click
 * @property {(target: Target, text: string) => Promise<void>} fill types over what a field holds
 * @property {(target: Target) => Promise<void>} focus
 * @property {(keys: string) => Promise<void>} press a key with others held: `Control+Alt+ArrowLeft`
 * @property {(text: string) => Promise<void>} type into what has the focus
 * @property {(target: Target, patience?: number) => Promise<void>} see waits until it is shown
 * @property {(target: Target) => Promise<void>} gone waits until it is not
 * @property {(target: Target) => Promise<string>} read its text
 * @property {(fn: Function, arg?: unknown, patience?: number) => Promise<any>} until waits until a function of the page gives something true
 * @property {(fn: Function, arg?: unknown) => Promise<any>} script what a function of the page gives
 * @property {() => Promise<void>} reload
 * @property {(name: string) => Promise<string>} screenshot where the picture is
 * @property {() => Promise<void>} close
 */

export {};
