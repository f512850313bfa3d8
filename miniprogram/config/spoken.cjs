/** Taro's templates leave out what a screen reader is told; this adds it to those for WeChat. */
const path = require('node:path')
const attributes = require('./spoken-attributes.json')

module.exports = (ctx) => {
  ctx.registerMethod({
    name: 'onSetupClose',
    fn(platform) {
      if (platform.platform !== 'weapp') return
      const components = {
        View: attributes,
        Button: attributes,
        Image: attributes,
        Input: attributes,
      }
      platform.template.mergeComponents(ctx, components)
      // The running app numbers the attributes as the templates do: it has to know of them, too.
      platform.runtimePath = [platform.runtimePath, path.resolve(__dirname, 'spoken-runtime.mjs')]
    },
  })
}
