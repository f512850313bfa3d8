import { Video, View } from '@tarojs/components'
import { useRouter } from '@tarojs/taro'
import { BigButton } from '@/components/big-button'
import { Notice } from '@/components/notice'
import { Page } from '@/components/page'
import { Empty, Waiting } from '@/components/waiting'
import { outbox } from '@/features/outbox/use-outbox'
import { goBack, paramOf, replace } from '@/lib/navigation'
import { useAction } from '@/lib/use-action'
import { useLoad } from '@/lib/use-load'
import { filmUrl } from '@/platform/films'

export default function PreviewPage() {
  const id = paramOf(useRouter().params, 'item')
  const { data: url, loading } = useLoad(() => filmUrl(id))
  const send = useAction(async () => {
    outbox.send(id)
    goBack()
  })
  const again = useAction(async () => {
    const item = outbox.findFilm(id)
    await outbox.discard(id)
    if (item) replace('camera', { dose_id: item.dose_id, opened_at: item.body.opened_at })
    else goBack()
  })
  if (!outbox.findFilm(id)) {
    return (
      <Page footer={<BigButton onTap={goBack}>回到今日</BigButton>}>
        <Empty title="这段视频已经发出去了" />
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
        <Notice tone="danger">手机里找不到这段视频了。请重新拍。</Notice>
      ) : (
        <View className="dark-words">看一看：脸、药、咽下去、空嘴，都拍到了吗？</View>
      )}
    </Page>
  )
}
