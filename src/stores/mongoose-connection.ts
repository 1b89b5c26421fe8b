/**
 * A mongoose connection of the application's. Described by its shape, so that the types of this library need no mongoose, and those of
 * mongoose 8 and 9 both fit.
 */
export interface MongooseConnection {
  readonly readyState: number;
  readonly host: string;
  readonly port: number;
  readonly name: string;
  asPromise(): Promise<unknown>;
  collection(name: string): object;
  getClient(): object;
}
