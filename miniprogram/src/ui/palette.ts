/** The colours of the page around, for what is drawn and not set by CSS. */
import { createContext, useContext } from 'react'
import { palettes } from './tokens.gen'

export const PaletteContext = createContext<keyof typeof palettes>('light')

export const usePalette = () => palettes[useContext(PaletteContext)]
