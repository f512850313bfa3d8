import { Image, View } from '@tarojs/components'
import { useState } from 'react'
import type { Attachment } from '@/lib/attachment'
import { pickPhotos } from '@/platform/photos'
import type { Picked } from '@/platform/photos-types'
import { spoken } from '@/platform/spoken'
import { BigButton } from '../big-button'
import { Notice } from '../notice'
import { MediaRefused } from './media-refused'
import './form.css'
import './photo-pick.css'

const MOST = 9

interface PhotoPickProps {
  photos: Attachment[]
  onChange: (photos: Attachment[]) => void
}

/** Photos of what is asked about, two side by side so that one can see what they show. */
export function PhotoPick({ photos, onChange }: PhotoPickProps) {
  const [busy, setBusy] = useState(false)
  const [refused, setRefused] = useState<Picked['refused']>(null)
  const left = MOST - photos.length
  const pick = async () => {
    setBusy(true)
    setRefused(null)
    try {
      const picked = await pickPhotos(left)
      setRefused(picked.refused)
      if (picked.photos.length > 0) onChange([...photos, ...picked.photos].slice(0, MOST))
    } finally {
      setBusy(false)
    }
  }
  return (
    <View className="field" data-testid="photo-pick">
      <View className="photos">
        {photos.map((photo, place) => (
          <View key={photo.path} className="photo">
            <Image className="photo-picture" src={photo.path} mode="aspectFill" />
            <View
              className="photo-drop press"
              hoverClass="press-down"
              data-testid={`photo-drop-${place}`}
              onClick={() => onChange(photos.filter((one) => one !== photo))}
              {...spoken({ role: 'button', label: `删掉第 ${place + 1} 张照片` })}
            >
              删掉
            </View>
          </View>
        ))}
      </View>
      {refused === 'failed' ? <Notice tone="danger">照片没有选上。请再试一次。</Notice> : null}
      {refused && refused !== 'failed' ? (
        <MediaRefused what="photo" refused={refused} onAgain={() => void pick()} />
      ) : null}
      {left > 0 ? (
        <BigButton look="plain" testId="photo-add" busy={busy} onTap={() => void pick()}>
          {photos.length > 0 ? `再加照片（还能加 ${left} 张）` : `加照片（最多 ${MOST} 张）`}
        </BigButton>
      ) : (
        <View className="field-hint">已经有 {MOST} 张了，不能再加。</View>
      )}
    </View>
  )
}
