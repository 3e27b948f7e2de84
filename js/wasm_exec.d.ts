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
