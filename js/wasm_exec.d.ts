declare global {
  /** Runs a program of Go. */
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
