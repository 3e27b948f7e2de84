/**
 * Go's own file to run `fetchtoken.wasm` without the rest of this package. It sets the global class
 * `Go`.
 *
 * @example
 * ```js
 * import 'fetchtoken/wasm_exec.js';
 *
 * const go = new Go();
 * const module = fetch('/fetchtoken.wasm');
 * const { instance } = await WebAssembly.instantiateStreaming(module, go.importObject);
 * go.run(instance);
 * const token = await fetchtoken.fetchToken(config);
 * ```
 */
declare global {
  /** Runs a Go program. */
  var Go: {
    new (): {
      argv: string[];
      env: Record<string, string>;
      exited: boolean;
      importObject: Record<string, Record<string, any>>;
      run(instance: { readonly exports: object }): Promise<void>;
    };
  };
}
export {};
