import Taro from '@tarojs/taro'

export const shareHint = '选一个聊天，比如“文件传输助手”，就能存下来。'

/** Hands a text file to a WeChat chat: the Mini Program has no folder that a person can open. */
export async function shareFile(name: string, text: string): Promise<void> {
  const filePath = `${Taro.env.USER_DATA_PATH}/${name}`
  Taro.getFileSystemManager().writeFileSync(filePath, text, 'utf8')
  await Taro.shareFileMessage({ filePath, fileName: name })
}
