import { Video, View } from '@tarojs/components'
import { useRouter } from '@tarojs/taro'
import { useAction } from '@/api/use-action'
import { useLoad } from '@/api/use-load'
import type { FilmItem } from '@/features/doses/offline'
import { useOutbox } from '@/offline/use-outbox'
import { goBack, paramOf, replace } from '@/platform/navigation'
import { BigButton } from '@/ui/big-button'
import { Notice } from '@/ui/notice'
import { Page } from '@/ui/page'
import { Empty, Waiting } from '@/ui/waiting'

export default function PreviewPage() {
  const id = paramOf(useRouter().params, 'item')
  const outbox = useOutbox()
  const item = outbox.find(id) as FilmItem | undefined
  const { data: url, loading } = useLoad(async () => (item ? outbox.urlOf(item) : null))
  const send = useAction(async () => {
    outbox.release(id)
    goBack()
  })
  const again = useAction(async () => {
    // The film stays until a new one is sent: nobody knows yet whether there will be one.
    if (item) replace('camera', { dose_id: item.about.dose_id, opened_at: item.body.opened_at })
    else goBack()
  })
  if (item?.stage !== 'draft') {
    return (
      <Page footer={<BigButton onTap={goBack}>回到今日</BigButton>}>
        <Empty title="这段录像已经发出去了" />
      </Page>
    )
  }
  return (
    <Page
      dark
      footer={
        <>
          <BigButton testId="film-send" busy={send.busy} onTap={send.run}>
            发送给医生
          </BigButton>
          <BigButton look="plain" testId="film-again" busy={again.busy} onTap={again.run}>
            不满意，重新拍
          </BigButton>
        </>
      }
    >
      <View className="preview-box">
        {url ? (
          <Video
            className="preview-video"
            src={url}
            controls
            autoplay
            loop
            showFullscreenBtn={false}
          />
        ) : null}
        {loading ? <Waiting /> : null}
      </View>
      {!url && !loading ? (
        <Notice tone="danger">手机里找不到这段录像了。请重新拍。</Notice>
      ) : (
        <View className="dark-words">看一看：脸、药、咽下去、空嘴，都拍到了吗？</View>
      )}
    </Page>
  )
}
