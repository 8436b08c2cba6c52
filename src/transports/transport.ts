/** What the house asks of a transport with standing connections. */
export interface Transport {
  /** How many clients are in. */
  readonly clients: number;
  /** Tells every client that the server goes down, and within `spreadMs` closes its transport, so that it comes back elsewhere. */
  drain(spreadMs: number): void;
  /** Lets go of timers and listeners; what is still open is cut off. */
  close(): void;
}
