/** Files in the browser: blobs in IndexedDB, which outlive the page. */
import { storageOwner } from './login'

export function folderOf(name: string, _ending: string) {
  const urls = new Map<string, string>()

  function database(): Promise<IDBDatabase> {
    return new Promise((resolve, reject) => {
      const opening = indexedDB.open(`weibu-${name}-${storageOwner()}`, 1)
      opening.onupgradeneeded = () => opening.result.createObjectStore(name)
      opening.onsuccess = () => resolve(opening.result)
      opening.onerror = () => reject(opening.error)
    })
  }

  async function inStore<T>(
    mode: IDBTransactionMode,
    use: (store: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T> {
    const db = await database()
    try {
      return await new Promise<T>((resolve, reject) => {
        const transaction = db.transaction(name, mode)
        const request = use(transaction.objectStore(name))
        transaction.oncomplete = () => resolve(request.result)
        transaction.onerror = () => reject(transaction.error)
        transaction.onabort = () => reject(transaction.error)
      })
    } finally {
      db.close()
    }
  }

  const read = (id: string) => inStore<Blob | undefined>('readonly', (store) => store.get(id))

  /** Keeps a copy of a fresh file and says how many bytes it has. */
  async function keepFile(id: string, source: string): Promise<number> {
    const blob = await (await fetch(source)).blob()
    await inStore('readwrite', (store) => store.put(blob, id))
    return blob.size
  }

  async function fileSize(id: string): Promise<number | null> {
    return (await read(id))?.size ?? null
  }

  async function fileUrl(id: string): Promise<string | null> {
    const known = urls.get(id)
    if (known) return known
    const blob = await read(id)
    if (!blob) return null
    const url = URL.createObjectURL(blob)
    urls.set(id, url)
    return url
  }

  async function dropFile(id: string): Promise<void> {
    await inStore('readwrite', (store) => store.delete(id))
    const url = urls.get(id)
    if (url) URL.revokeObjectURL(url)
    urls.delete(id)
  }

  async function keptFiles(): Promise<string[]> {
    return (await inStore('readonly', (store) => store.getAllKeys())).map(String)
  }

  return { keepFile, fileSize, fileUrl, dropFile, keptFiles }
}
