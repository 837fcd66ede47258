// The configuration as a document: read whole, and replaced list by list.
import { get, getTagged, put } from '../../data/client.js';

/** The lists of the document, in the order in which they are shown. */
export const lists = ['alertTypes', 'users', 'scheduledTasks', 'mappings'];

/** The document as a file that people can read and compare. */
export async function exportConfiguration() {
  const configuration = await get('api/configuration');
  return new Blob([`${JSON.stringify(configuration, null, 2)}\n`], { type: 'application/json' });
}

/** What a document would change, and the version of what it would change it from. */
export async function tryConfiguration(document) {
  const { etag } = await getTagged('api/configuration');
  const { changes } = await put('api/configuration?dryRun=true', document, { type: 'application/json', headers: { 'If-Match': etag } });
  return { changes, etag };
}

/** Replaces the configuration as it was tried, and not one that somebody has changed since. */
export const replaceConfiguration = (document, etag) => put('api/configuration', document, { type: 'application/json', headers: { 'If-Match': etag } });

/** How many items of a kind a change adds, changes or removes. */
export const countOf = (changes, kind) => Object.values(changes).reduce((sum, list) => sum + list[kind].length, 0);
