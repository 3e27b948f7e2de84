// Of what workerd offers, what js/ uses: its own types would replace those of the web.
declare module 'cloudflare:workers' {
  export class DurableObject<Env = unknown> {
    constructor(ctx: DurableObjectState, env: Env);
    protected ctx: DurableObjectState;
    protected env: Env;
  }
  interface DurableObjectState {
    id: { name?: string };
    storage: {
      kv: {
        get(key: string): any;
        put(key: string, value: unknown): void;
        delete(key: string): boolean;
        list(options: { prefix: string }): Iterable<[string, any]>;
      };
      setAlarm(time: number): Promise<void>;
      getAlarm(): Promise<number | null>;
    };
    waitUntil(promise: Promise<unknown>): void;
  }
}
