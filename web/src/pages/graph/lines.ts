/** How flows are drawn: a line that ends at its arrowhead, dashed where it was worked out from transactions. */
import { createEdgeArrowHeadProgram, createEdgeCompoundProgram, EdgeProgram, type ProgramInfo } from "sigma/rendering";
import type { EdgeDisplayData, NodeDisplayData, RenderParams } from "sigma/types";
import { floatColor } from "sigma/utils";

const VERTEX = `
attribute vec4 a_id;
attribute vec4 a_color;
attribute vec2 a_start;
attribute vec2 a_end;
attribute vec3 a_width;
attribute vec2 a_corner;
uniform mat3 u_matrix;
uniform float u_sizeRatio;
uniform float u_correctionRatio;
uniform float u_minEdgeThickness;
uniform vec2 u_pixels;
varying vec4 v_color;
varying float v_along;
varying float v_across;
varying float v_half;
varying float v_dashed;
const float bias = 255.0 / 254.0;

void main() {
  vec2 along = a_end - a_start;
  float far = max(length(along), 1e-9);
  vec2 forward = along / far;
  vec2 aside = vec2(-forward.y, forward.x);
  float pixels = max(a_width.x / u_sizeRatio, u_minEdgeThickness);
  float thickness = pixels * u_correctionRatio;
  #ifdef PICKING_MODE
  thickness += 4.0 * u_correctionRatio;
  #endif
  // The head, 3.5 times as long as the line is wide on either side, stands at the rim of the node.
  float head = a_width.y * 2.0 * u_correctionRatio / u_sizeRatio + pixels * u_correctionRatio * 7.0;
  vec2 end = a_end - forward * min(head, far);
  vec2 middle = mix(a_start, end, a_corner.x);
  vec2 at = (u_matrix * vec3(middle + aside * a_corner.y * thickness, 1)).xy;
  gl_Position = vec4(at, 0, 1);
  vec2 from = (u_matrix * vec3(a_start, 1)).xy;
  vec2 centre = (u_matrix * vec3(middle, 1)).xy;
  v_along = length((centre - from) * u_pixels * 0.5);
  v_half = length((at - centre) * u_pixels * 0.5);
  v_across = a_corner.y * v_half;
  v_dashed = a_width.z;
  #ifdef PICKING_MODE
  v_color = a_id;
  #else
  v_color = a_color;
  #endif
  v_color.a *= bias;
}`;

const FRAGMENT = `
precision highp float;
varying vec4 v_color;
varying float v_along;
varying float v_across;
varying float v_half;
varying float v_dashed;

void main() {
  #ifdef PICKING_MODE
  gl_FragColor = v_color;
  #else
  float period = 9.0 + v_half * 2.0;
  float dash = v_dashed > 0.5 ? 1.0 - smoothstep(0.66, 0.66 + 1.0 / period, fract(v_along / period)) : 1.0;
  float rim = 1.0 - smoothstep(v_half - 1.0, v_half, abs(v_across));
  gl_FragColor = v_color * dash * max(rim, 0.35);
  #endif
}`;

const { FLOAT, TRIANGLES, UNSIGNED_BYTE } = WebGLRenderingContext;
const UNIFORMS = ["u_matrix", "u_sizeRatio", "u_correctionRatio", "u_minEdgeThickness", "u_pixels"] as const;
const COLOUR = { size: 4, type: UNSIGNED_BYTE, normalized: true };

export interface Line extends EdgeDisplayData {
  dashed: boolean;
}

class LineProgram extends EdgeProgram<(typeof UNIFORMS)[number]> {
  getDefinition() {
    return {
      VERTICES: 6,
      VERTEX_SHADER_SOURCE: VERTEX,
      FRAGMENT_SHADER_SOURCE: FRAGMENT,
      METHOD: TRIANGLES,
      UNIFORMS,
      ATTRIBUTES: [
        { name: "a_start", size: 2, type: FLOAT },
        { name: "a_end", size: 2, type: FLOAT },
        { name: "a_width", size: 3, type: FLOAT },
        { name: "a_color", ...COLOUR },
        { name: "a_id", ...COLOUR },
      ],
      CONSTANT_ATTRIBUTES: [{ name: "a_corner", size: 2, type: FLOAT }],
      CONSTANT_DATA: [
        [0, 1],
        [0, -1],
        [1, 1],
        [1, 1],
        [0, -1],
        [1, -1],
      ],
    };
  }

  processVisibleItem(
    index: number,
    start: number,
    source: NodeDisplayData,
    target: NodeDisplayData,
    data: EdgeDisplayData,
  ): void {
    const line = data as Line;
    this.array.set(
      [
        source.x,
        source.y,
        target.x,
        target.y,
        line.size,
        target.size,
        line.dashed ? 1 : 0,
        floatColor(line.color),
        index,
      ],
      start,
    );
  }

  setUniforms(params: RenderParams, { gl, uniformLocations }: ProgramInfo): void {
    gl.uniformMatrix3fv(uniformLocations.u_matrix ?? null, false, params.matrix);
    gl.uniform1f(uniformLocations.u_sizeRatio ?? null, params.sizeRatio);
    gl.uniform1f(uniformLocations.u_correctionRatio ?? null, params.correctionRatio);
    gl.uniform1f(uniformLocations.u_minEdgeThickness ?? null, params.minEdgeThickness);
    gl.uniform2f(uniformLocations.u_pixels ?? null, params.width, params.height);
  }
}

const Head = createEdgeArrowHeadProgram({ lengthToThicknessRatio: 3.5, widenessToThicknessRatio: 3 });

export const FlowProgram = createEdgeCompoundProgram([LineProgram, Head]);
