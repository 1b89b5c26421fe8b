import type { Connection, mongo } from "mongoose";
import { collectionOf } from "../connection.ts";
import type { IndexSpec } from "../indexes.ts";
import type {
  AnswersDocument,
  ChunkDocument,
  ChunkStateDocument,
  NewsletterDocument,
  RefusalDocument,
} from "./newsletter-documents.ts";
import type { PersonDocument } from "./people-documents.ts";

export interface NewsletterCollections {
  readonly newsletters: mongo.Collection<NewsletterDocument>;
  readonly chunks: mongo.Collection<ChunkDocument>;
  readonly states: mongo.Collection<ChunkStateDocument>;
  readonly answers: mongo.Collection<AnswersDocument>;
  readonly refusals: mongo.Collection<RefusalDocument>;
  readonly people: mongo.Collection<PersonDocument>;
}

/** @param prefix of the collections' names */
export function newsletterCollections(connection: Connection, prefix: string): NewsletterCollections {
  const collection = <T extends mongo.Document>(name: string) =>
    collectionOf<T>(connection, `${prefix}_${name}`);
  return {
    newsletters: collection("newsletters"),
    chunks: collection("newsletter_chunks"),
    states: collection("newsletter_states"),
    answers: collection("newsletter_answers"),
    refusals: collection("newsletter_refusals"),
    people: collection("newsletter_people"),
  };
}

/** docs/stores.md says which query each serves. */
export function newsletterIndexes(prefix: string): readonly IndexSpec[] {
  return [
    { collection: `${prefix}_newsletters`, name: "key", key: { key: 1 }, unique: true },
    {
      collection: `${prefix}_newsletters`,
      name: "running",
      key: { createdAt: 1, _id: 1 },
      partialFilterExpression: { state: "running" },
    },
    {
      collection: `${prefix}_newsletters`,
      name: "ended",
      key: { finishedAt: 1 },
      partialFilterExpression: { finishedAt: { $exists: true } },
    },
    {
      collection: `${prefix}_newsletter_chunks`,
      name: "number",
      key: { newsletter: 1, number: 1 },
      unique: true,
    },
    { collection: `${prefix}_newsletter_states`, name: "complete", key: { newsletter: 1, complete: 1 } },
    { collection: `${prefix}_newsletter_answers`, name: "at", key: { newsletter: 1, at: 1 } },
    { collection: `${prefix}_newsletter_refusals`, name: "row", key: { newsletter: 1, row: 1 } },
  ];
}
