/** How records of one kind are named in a store, and found again. */
export interface Locator<T extends object, I = unknown> {
  /** The stored name, such as "Post". */
  readonly name: string;
  /**
   * The record's id: what a store can keep, such as a number, a text or an ObjectId. Undefined when the record is not saved.
   * @throws RecordNotSavedError to say why a worker could not load it
   */
  idOf(record: T): I | undefined;
  /** Loads the record as it is now; undefined or null when it is gone. */
  find(id: I): Promise<T | null | undefined> | T | null | undefined;
}
