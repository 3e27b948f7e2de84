/**
 * Names the type of a value by its tag, such as `Uint8Array`. instanceof fails for values of
 * another realm.
 *
 * @param {unknown} value
 */
export const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1);
