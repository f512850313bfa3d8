/** Storage and files of a phone: 10 MB and 200 MB, and each says in WeChat's words when it is full. */

const STORAGE_FULL = 'setStorageSync:fail exceed storage max size 10Mb'
const FILES_FULL = 'fail the maximum size of the file storage limit is exceeded'

/** Of the storage; a fault names as many as there may be, or 'always' for none at all. */
const usedBy = (phone) => [...phone.storage.values()].reduce((sum, text) => sum + text.length, 0)

function storage(phone) {
  return {
    getStorageSync: (key) => {
      phone.reads.push(key)
      return phone.storage.get(key) ?? ''
    },
    setStorageSync: (key, value) => {
      const { storageFull } = phone.faults
      const more = value.length - (phone.storage.get(key) ?? '').length
      if (storageFull === 'always' || (storageFull && usedBy(phone) + more > storageFull))
        throw new Error(STORAGE_FULL)
      phone.storage.set(key, value)
    },
    removeStorageSync: (key) => void phone.storage.delete(key),
    getStorageInfoSync: () => ({ keys: [...phone.storage.keys()] }),
  }
}

/** A file is what it shows and how long it is: half a copy shows the same and is shorter. */
function fileSystem(phone) {
  const found = (call, path) => {
    const file = phone.files.get(path)
    if (!file) throw new Error(`${call}:fail no such file or directory "${path}"`)
    return file
  }
  const room = (call) => {
    if (phone.faults.filesFull) throw new Error(`${call}:${FILES_FULL}`)
  }
  return {
    mkdirSync: (folder) => {
      if (phone.folders.has(folder)) throw new Error(`mkdirSync:fail file already exists ${folder}`)
      phone.folders.add(folder)
    },
    copyFileSync: (from, to) => {
      const file = found('copyFileSync', from)
      room('copyFileSync')
      if (phone.diesIn('copy')) {
        phone.files.set(to, { ...file, size: Math.floor(file.size / 3) })
        phone.kill()
      }
      phone.files.set(to, { ...file })
    },
    renameSync: (from, to) => {
      phone.files.set(to, found('renameSync', from))
      phone.files.delete(from)
    },
    saveFileSync: (from, to) => {
      const file = found('saveFileSync', from)
      room('saveFileSync')
      phone.files.set(to, file)
      phone.files.delete(from)
      return to
    },
    statSync: (path) => ({ size: found('statSync', path).size }),
    accessSync: (path) => void found('accessSync', path),
    unlinkSync: (path) => {
      found('unlinkSync', path)
      phone.files.delete(path)
    },
    readdirSync: (folder) => {
      if (!phone.folders.has(folder)) throw new Error(`readdirSync:fail no such file ${folder}`)
      return [...phone.files.keys()]
        .filter((path) => path.startsWith(`${folder}/`))
        .map((path) => path.slice(folder.length + 1))
    },
    writeFileSync: (path, text) => {
      room('writeFileSync')
      const folder = path.slice(0, path.lastIndexOf('/'))
      if (!phone.folders.has(folder) && folder !== 'wxfile://usr')
        throw new Error(`writeFileSync:fail no such file or directory "${path}"`)
      phone.files.set(path, { size: text.length, text })
    },
  }
}

module.exports = { storage, fileSystem, usedBy }
