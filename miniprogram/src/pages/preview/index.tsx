import { Video, View } from '@tarojs/components'
import { useRouter } from '@tarojs/taro'
import { useState } from 'react'
import { useAction } from '@/api/use-action'
import { useLoad } from '@/api/use-load'
import { type FilmItem, isNoLongerOffered } from '@/features/doses'
import { useOutbox } from '@/offline/use-outbox'
import { goBack, paramOf, replace, toTab } from '@/platform/navigation'
import { vibrate } from '@/platform/presence'
import { BigButton } from '@/ui/big-button'
import { CallDoctor } from '@/ui/call-doctor'
import { Dialog } from '@/ui/dialog'
import { Notice } from '@/ui/notice'
import { Page } from '@/ui/page'
import { Empty, Waiting } from '@/ui/waiting'
import './index.css'
import { guarded } from '@/ui/guarded'

/** 重新拍 asks first: who has swallowed sends what there is. The film stays until another is sent. */
function Retake({
  onSend,
  onAgain,
  onClose,
}: Record<'onSend' | 'onAgain' | 'onClose', () => void>) {
  return (
    <Dialog
      title="药咽下去了吗？"
      actions={
        <>
          <BigButton testId="retake-send" onTap={onSend}>
            咽下去了，就发这一段
          </BigButton>
          <BigButton look="plain" testId="retake-film" onTap={onAgain}>
            还没有咽，重新拍
          </BigButton>
          <BigButton look="quiet" testId="retake-close" onTap={onClose}>
            返回
          </BigButton>
        </>
      }
    >
      已经咽下去就别再服第二次。拍得不好也没关系，医生会看。
    </Dialog>
  )
}

function PreviewPage() {
  const id = paramOf(useRouter().params, 'item')
  const outbox = useOutbox()
  const [asking, setAsking] = useState(false)
  const item = outbox.find(id) as FilmItem | undefined
  const { data: url, loading } = useLoad(async () => (item ? outbox.urlOf(item) : null))
  const send = useAction(async () => {
    outbox.release(id)
    vibrate()
    toTab('today')
  })
  const again = useAction(async () => {
    // News may have come in since the question was put: then this page says so.
    if (item && isNoLongerOffered(item.about.dose_id)) setAsking(false)
    else if (item)
      replace('camera', { dose_id: item.about.dose_id, opened_at: item.body.opened_at })
    else goBack()
  })
  if (item?.stage !== 'draft') {
    return (
      <Page footer={<BigButton onTap={goBack}>回到今日</BigButton>}>
        <Empty title="这段视频不用再发了" />
      </Page>
    )
  }
  const lost = !url && !loading
  const over = isNoLongerOffered(item.about.dose_id)
  return (
    <Page
      dark
      footer={
        <>
          {lost ? (
            <CallDoctor look="main" />
          ) : (
            <BigButton testId="film-send" busy={send.busy} onTap={send.run}>
              发送给医生
            </BigButton>
          )}
          {over ? null : (
            <BigButton
              look="plain"
              testId="film-again"
              busy={again.busy}
              onTap={() => setAsking(true)}
            >
              不满意，重新拍
            </BigButton>
          )}
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
      {lost ? (
        <Notice tone="danger">手机里找不到这段视频了。药已经咽下去就别再服第二次。</Notice>
      ) : (
        <View className="dark-words">看一看：脸、药、咽下去、空嘴，都拍到了吗？</View>
      )}
      {over ? (
        <Notice tone="danger" icon="stop" testId="no-retake">
          这次服药有了新消息：先别再服药，也不用重新拍。
        </Notice>
      ) : null}
      {asking && !over ? (
        <Retake
          onSend={() => void send.run()}
          onAgain={() => void again.run()}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </Page>
  )
}

export default guarded(PreviewPage)
