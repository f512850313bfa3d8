/** Files copied out of the temporary area, which WeChat may empty at any time. */
import Taro from '@tarojs/taro'

const system = () => Taro.getFileSystemManager()

export function sizeAt(path: string): number | null {
  try {
    const facts = system().statSync(path, false)
    return 'size' in facts ? facts.size : null
  } catch {
    return null
  }
}

function remove(path: string): void {
  try {
    system().unlinkSync(path)
  } catch {
    // It is gone already.
  }
}

/** `ending` is that of a file whose name has none. */
export function folderOf(name: string, ending: string) {
  const folder = () => `${Taro.env.USER_DATA_PATH}/${name}`
  const pathOf = (id: string) => `${folder()}/${id.includes('.') ? id : `${id}.${ending}`}`
  /** Under this name until it is whole: a phone that dies while it copies leaves no half file. */
  const partOf = (id: string) => `${folder()}/${id}.part`

  function makeFolder(): void {
    try {
      system().mkdirSync(folder(), true)
    } catch {
      // It is there already.
    }
  }

  /** Keeps a copy of a fresh file and says how many bytes it has; throws when it cannot. */
  async function keepFile(id: string, source: string): Promise<number> {
    makeFolder()
    try {
      system().copyFileSync(source, partOf(id))
      system().renameSync(partOf(id), pathOf(id))
    } catch (error) {
      remove(partOf(id))
      throw error
    }
    const size = sizeAt(pathOf(id))
    if (!size) throw new Error('the copy has no bytes')
    return size
  }

  const fileSize = async (id: string): Promise<number | null> => sizeAt(pathOf(id))

  async function fileUrl(id: string): Promise<string | null> {
    return sizeAt(pathOf(id)) === null ? null : pathOf(id)
  }

  async function dropFile(id: string): Promise<void> {
    remove(pathOf(id))
    remove(partOf(id))
  }

  async function keptFiles(): Promise<string[]> {
    const endings = new RegExp(`\\.(${ending}|part)$`)
    try {
      const names = system()
        .readdirSync(folder())
        .map((one) => one.replace(endings, ''))
      return [...new Set(names)]
    } catch {
      return []
    }
  }

  return { keepFile, fileSize, fileUrl, dropFile, keptFiles }
}
